// All that there is to say of one check, or of one control of it.

function details(d) {
  const open = d.verdict !== "passed";
  return el("div", { class: "detail" },
    d.reason && el("p", { class: "said" }, d.reason),
    (d.findings ?? []).map(finding),
    prose(d),
    (d.requests ?? []).map((r, i) => request(r, d, open || i === 0)),
    d.sent > (d.requests ?? []).length && el("p", { class: "small" }, `${count(d.sent)} requests were sent; those that tell most are shown.`),
    d.trouble && el("p", { class: "note" }, `No trees, traces or latencies: ${d.trouble}.`),
    statistics(d),
    cases(d),
    controls(d),
    files(d));
}

function finding(f) {
  const list = [
    ["observed", f.observed], ["expected", f.expected], ["why", f.why],
    ["either", !f.why && f.candidates?.length && f.candidates.flatMap((c, i) => (i ? ["; or ", c] : [c]))],
    ["next", f.next],
    ["requests", f.requests?.length && f.requests.flatMap((r, i) => [i ? ", " : "", el("code", null, r)])],
    ["traces", f.traces?.length && f.traces.flatMap((t, i) => [i ? ", " : "", traceID(t)])],
  ].filter(([, said]) => said);
  return el("section", { class: "finding" },
    el("h4", null, f.kind, f.service ? ` at ${f.service}` : "", f.count > 1 ? ` (${count(f.count)} times)` : ""),
    el("dl", { class: "parts" }, list.map(([name, said]) => el("div", null, el("dt", null, name), el("dd", null, said)))));
}

function prose(d) {
  const parts = d.prose ?? [];
  if (parts.length === 0 && !d.profileReason && !d.location) return null;
  return el("section", { class: "prose" },
    parts.map((p) => [
      el("h4", null, p.title),
      el("p", null, p.text, p.title === "What is promised" && d.link && [" See ", web(d.link), "."]),
    ]),
    el("p", { class: "small" },
      d.profile && `Profile ${d.profile}${d.profileReason ? `: ${d.profileReason}` : ""} `,
      d.location && [el("code", null, d.location)]));
}

function request(r, d, open) {
  const words = d.words ?? [];
  const title = [
    "Request ", el("code", null, r.id), r.variant ? ` (${r.variant})` : "", r.bare ? ", from outside of the mesh" : "",
    `: ${r.status} after ${r.took}`,
  ];
  return el("section", { class: "request" },
    el("h4", null, title),
    r.asked && el("p", { class: "small" }, el("code", null, r.asked)),
    fold("Trees, waterfall and headers", open, () => [
      trees(r, words),
      (r.traces ?? []).length > 0 && el("p", { class: "small" }, "Stored: ", r.traces.map((t, i) => [i ? ", " : "", traceID(t.id), ` (${plural(t.spans, "span")})`])),
      waterfall(r, words),
      headers(r, words, d.verdict !== "passed"),
    ]));
}

function statistics(d) {
  const former = d.former;
  const parts = [
    d.rate && [rateChart(d.rate, former?.rate), rateTable(d.rate)],
    d.latencies?.length && latency(d.latencies, former?.latencies),
    d.tests?.length && table("Statistical tests", ["Test", "n", "p", "α", "Overlooks its control's deviation with"],
      d.tests.map((t) => [t.name, count(t.n), t.p, t.alpha === "0" ? "0: nothing is left to chance" : t.alpha, t.misses ? `${t.misses}${t.against ? ` (${t.against})` : ""}` : t.against || "–"])),
    d.measures?.length && table("Measured, without a verdict", ["Measure", "Value"], d.measures.map((m) => [m.name, `${m.value} ${m.unit}`])),
  ].flat().filter((part) => part);
  if (parts.length === 0) return null;
  return el("section", { class: "statistics" }, el("h4", null, "Statistics"), parts,
    former && settings.former && el("p", { class: "small" }, `In ${settings.former}: `, verdict(former.verdict)));
}

function cases(d) {
  if (!d.cases?.length) return null;
  const wire = (list) => (list ?? []).map((l) => el("code", { class: "wire" }, l));
  return el("section", null, el("h4", null, "Cases"),
    table(`${plural(d.cases.length, "case")}, each with a verdict of its own`, ["Case", "Verdict", "Expected", "Observed", "Sent", "Received"],
      d.cases.map((c) => [c.id, [c.verdict, c.deviation ? ` (${c.deviation})` : ""], c.expected, c.observed, wire(c.sent), wire(c.received)])));
}

function controls(d) {
  if (!d.controls?.length) return null;
  return el("section", { class: "controls" }, el("h4", null, "Controls: what was broken on purpose, and had to be found"),
    d.controls.map((c) => fold([verdict(c.verdict), " ", c.name, el("span", { class: "small" }, ` ${c.took}`)], c.verdict !== "passed", () => details(c))));
}

function files(d) {
  if (!d.evidence?.length) return null;
  return fold(`Evidence (${plural(d.evidence.length, "file")})`, false, () => table(
    "Files below the run folder, in which this page was written", ["File", "Bytes", "SHA-256"],
    d.evidence.map((f) => [evidence(f), count(f.bytes), el("code", { class: "digest" }, f.sha256)])));
}
