// The spans of a request on a common time axis. Of many only those in sight are in the
// document; each line is equally high, so that their places are known.

const LINE = 26;
const MANY = 250;
// What lasts no time is that wide, in percent.
const THIN = 0.15;

function waterfall(request, words) {
  const bars = spans(request.bars);
  if (bars.length === 0) return null;
  const traces = request.traces ?? [];
  let from = 0;
  let to = request.span || 1;
  let entries = [];

  const panel = el("div", { class: "panel", role: "status" });
  const axis = el("th", { scope: "col", class: "axis" });
  const body = el("tbody");
  const grid = el("table", { class: "spans" },
    el("caption", null, `${plural(bars.length, "span")} over ${time(request.span)}. A bar is a span, its dark part the time that no span below it was open; the line below a bar is the critical path.`),
    el("thead", null, el("tr", null,
      el("th", { scope: "col", class: "name" }, "Span"), axis,
      el("th", { scope: "col", class: "time" }, "Took"), el("th", { scope: "col", class: "time self" }, "Self"))),
    body);
  const scroll = el("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": "Waterfall" }, grid);

  const choose = () => {
    const text = find.value.trim().toLowerCase();
    const fits = (b) => (!path.checked || b.critical.length > 0) && (text === "" || said(b, words).includes(text));
    entries = [];
    for (const b of bars) {
      if (!fits(b)) continue;
      const trace = b.trace;
      if (traces.length > 1 && (entries.length === 0 || entries.at(-1).trace !== trace)) entries.push({ trace });
      entries.push({ trace, bar: b });
    }
    grid.setAttribute("aria-rowcount", entries.length + 1);
    scroll.classList.toggle("many", entries.length > MANY);
    draw();
  };

  // look gives the axis to a part of the time.
  const look = (begin, end) => {
    from = begin;
    to = Math.max(end, begin + 1);
  };
  const ticks = () => steps(from, to, innerWidth < 740 ? 3 : 4);
  const late = (t) => t - from > 0.8 * (to - from);
  const draw = () => {
    let first = 0;
    let last = entries.length;
    if (entries.length > MANY) {
      const seen = Math.ceil((scroll.clientHeight || 600) / LINE);
      const top = Math.floor(scroll.scrollTop / LINE);
      if (follow.checked) sight(entries.slice(top, top + seen));
      first = Math.max(0, top - seen);
      last = Math.min(entries.length, first + 3 * seen);
    }
    axis.replaceChildren(svg("svg", { width: "100%", height: 18, "aria-hidden": true }, ticks().map((t) => [
      svg("line", { class: "tick", x1: part(t, from, to), x2: part(t, from, to), y1: 0, y2: 18 }),
      svg("text", { x: part(t, from, to), dx: late(t) ? -3 : 3, y: 13, "text-anchor": late(t) ? "end" : "start" }, time(t)),
    ])));
    body.replaceChildren(
      spacer(first), ...entries.slice(first, last).map((e, i) => line(e, first + i)), spacer(entries.length - last));
  };

  // sight gives the axis to the spans in sight, but for those that last nearly all of the time.
  const sight = (some) => {
    const all = some.filter((e) => e.bar && e.bar.took < 0.9 * request.span).map((e) => e.bar);
    if (all.length > 0) look(Math.min(...all.map((b) => b.at)), Math.max(...all.map((b) => b.at + b.took)));
  };

  const line = ({ trace, bar }, i) => {
    if (!bar) {
      return el("tr", { class: "heading", "aria-rowindex": i + 2 },
        el("th", { scope: "rowgroup", colspan: 4 }, "trace ", traceID(traces[trace].id), ` ${plural(traces[trace].spans, "span")}`));
    }
    const name = el("button", { type: "button" }, words[bar.label]);
    name.addEventListener("click", () => panel.replaceChildren(...about(bar)));
    const says = bar.says < 0 ? null : el("span", { class: "says" }, words[bar.says]);
    const cell = el("th", { scope: "row", class: "name" }, name, says && [" ", says]);
    cell.style.paddingInlineStart = `${Math.min(bar.depth, 24) * 0.7 + 0.3}em`;
    return el("tr", { "aria-rowindex": i + 2 }, cell, el("td", { class: "axis" }, drawing(bar)),
      el("td", { class: "time" }, time(bar.took)), el("td", { class: "time self" }, time(bar.self)));
  };

  const drawing = (bar) => {
    const box = (kind, begin, end, y, height) => {
      const left = Math.max(bar.at + begin, from);
      const right = Math.min(bar.at + end, to);
      if (right < left) return null;
      const width = Math.max((100 * (right - left)) / (to - from), THIN);
      return svg("rect", { class: kind, x: part(left, from, to), width: `${width}%`, y, height });
    };
    const boxes = (kind, stretches, y, height) => {
      const all = [];
      for (let i = 0; i < stretches.length; i += 2) all.push(box(kind, stretches[i], stretches[i + 1], y, height));
      return all;
    };
    return svg("svg", { width: "100%", height: LINE, role: "img" },
      svg("title", null, summary(bar)),
      ticks().map((t) => svg("line", { class: "tick", x1: part(t, from, to), x2: part(t, from, to), y1: 0, y2: LINE })),
      box("whole", 0, Math.max(bar.took, 0), 6, 9), boxes("own", bar.own, 6, 9), boxes("critical", bar.critical, 18, 3));
  };

  const about = (bar) => {
    const whole = el("button", { type: "button" }, "Show all of the time");
    const zoom = el("button", { type: "button" }, "Show only the time of this span");
    const show = (begin, end) => () => {
      follow.checked = false;
      look(begin, end);
      draw();
    };
    zoom.addEventListener("click", show(bar.at, bar.at + bar.took));
    whole.addEventListener("click", show(0, request.span));
    const tags = [];
    for (let i = 0; i < bar.tags.length; i += 2) tags.push([words[bar.tags[i]], words[bar.tags[i + 1]]]);
    return [
      el("p", null, el("b", null, words[bar.label]), " ", words[bar.name], ": ", summary(bar), bar.id && [", span ", el("code", null, bar.id)]),
      el("p", null, zoom, " ", whole),
      tags.length > 0 ? table("Tags", ["Tag", "Value"], tags) : el("p", { class: "small" }, "The tags of so many spans are in the exhibit, not here."),
    ];
  };

  const find = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const path = el("input", { type: "checkbox" });
  const follow = el("input", { type: "checkbox", checked: bars.length > MANY });
  find.addEventListener("input", choose);
  path.addEventListener("change", choose);
  follow.addEventListener("change", () => {
    if (!follow.checked) look(0, request.span);
    draw();
  });
  const tools = bars.length > 12 && el("p", { class: "tools" },
    el("label", null, "Only spans that say ", find),
    el("label", { class: "chip" }, path, " only the critical path"),
    bars.length > MANY && el("label", { class: "chip" }, follow, " only the time of the spans in sight"));
  scroll.addEventListener("scroll", () => entries.length > MANY && draw(), { passive: true });
  choose();
  return el("section", { class: "waterfall", "aria-label": "Waterfall" }, el("h5", null, "Waterfall"), tools, scroll, panel, places(request));
}

function spacer(lines) {
  if (lines <= 0) return "";
  const gap = el("td", { colspan: 4 });
  gap.style.height = `${lines * LINE}px`;
  return el("tr", { class: "spacer", "aria-hidden": true }, gap);
}

// spans are the lists of bars as a list of spans.
function spans(bars) {
  return (bars?.at ?? []).map((at, i) => {
    const [took, self] = [bars.took[i], bars.self[i]];
    const own = bars.own[i] ?? (self > 0 ? [0, took] : []);
    const critical = bars.critical[i] ?? [];
    return {
      at, took, self, own, critical: bars.critical[i]?.length === 0 ? own : critical,
      trace: bars.trace[i], depth: bars.depth[i], label: bars.label[i], name: bars.name[i], says: bars.says[i],
      id: bars.ids?.[i], tags: bars.tags?.[i] ?? [],
    };
  });
}

// summary is a span's times in words.
function summary(bar) {
  let critical = 0;
  for (let i = 0; i < bar.critical.length; i += 2) critical += bar.critical[i + 1] - bar.critical[i];
  return `begins at ${time(bar.at)}, takes ${time(bar.took)}, ${time(bar.self)} of it itself` +
    (critical > 0 ? `, ${time(critical)} on the critical path` : "");
}

// said is all that can be found of a span, in lower case.
function said(bar, words) {
  return [bar.label, bar.name, bar.says, ...bar.tags].map((n) => words[n] ?? "").join(" ").toLowerCase();
}

// places is where the time of a request went.
function places(request) {
  const all = request.places ?? [];
  if (all.length === 0) return null;
  return fold("Where the time went", false, () => table(
    "Self time of services, and time on the way between two, with their part of the critical path",
    ["Where", "Own time", "On the critical path"],
    all.map((p) => [p.name, time(p.own), time(p.critical)])));
}
