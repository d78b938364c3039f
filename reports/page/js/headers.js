// The headers on each hop: what an application received, and what it sent with each call.

function headers(request, words, open) {
  const hops = request.hops ?? [];
  if (hops.length === 0 && !request.client) return null;
  return fold(`Headers on each hop (${plural(hops.length + (request.moreHops ?? 0), "hop")})`, open, () => [
    request.client && hop(request.client, words, ["Sent", "In the answer"], false),
    hops.map((h) => hop(h, words, ["Received", ...(h.calls ?? []).map((c) => `Sent to ${c.to}${c.times > 1 ? ` (${count(c.times)} times)` : ""}`)], true)),
    request.moreHops && el("p", { class: "note" }, `${plural(request.moreHops, "hop")} more are in the exhibit.`),
  ]);
}

function hop(h, words, columns, compared) {
  const all = h.headers ?? [];
  const tracing = h.tracing ?? 0;
  const row = (cells, traced) => cells.map((n, i) => {
    if (i === 0) return words[n];
    if (n < 0) return el("span", { class: "absent" }, compared && traced && i > 1 && cells[1] >= 0 ? "not sent on" : "–");
    const value = el("code", null, words[n]);
    if (!compared || !traced || i === 1 || cells[1] === n) return value;
    return [value, " ", el("span", { class: "says" }, cells[1] < 0 ? "added" : "changed")];
  });
  const said = [
    el("b", null, h.service), h.bare ? " (without a sidecar)" : "", h.protocol ? ` over ${h.protocol}` : "",
    `: ${h.status} after ${h.took}`,
    (h.calls ?? []).map((c) => `; called ${c.to}${c.times > 1 ? ` ${count(c.times)} times, the first` : ""}: ${c.status} after ${c.took}`),
    h.moreCalls ? `; and ${plural(h.moreCalls, "call")} more` : "",
  ];
  const shown = table(said, ["Header", ...columns], all.slice(0, tracing).map((r) => row(r, true)), { class: "headers" });
  if (all.length > tracing) {
    const button = el("button", { type: "button" }, `show ${plural(all.length - tracing, "other header")}`);
    const line = el("tr", { class: "folded" }, el("td", { colspan: columns.length + 1 }, button));
    button.addEventListener("click", () => line.replaceWith(...all.slice(tracing).map((r) => el("tr", null,
      row(r, false).map((cell, i) => (i === 0 ? el("th", { scope: "row" }, cell) : el("td", null, cell)))))));
    shown.querySelector("tbody").append(line);
  }
  return shown;
}
