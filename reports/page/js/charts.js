// Rates as intervals, latencies as distributions.

function rateChart(rate, former) {
  const low = Math.min(rate.lower, rate.percent, rate.share, former?.lower ?? 100);
  const high = Math.max(rate.upper, rate.percent, rate.share, former?.upper ?? 0);
  const room = Math.max((high - low) * 0.15, 0.5);
  const from = Math.max(0, low - room);
  const to = Math.min(100, high + room);
  const x = (value) => part(value, from, to);
  const interval = (r, y, kind) => [
    svg("line", { class: `interval ${kind}`, x1: x(r.lower), x2: x(r.upper), y1: y, y2: y }),
    [r.lower, r.upper].map((end) => svg("line", { class: `interval ${kind}`, x1: x(end), x2: x(end), y1: y - 6, y2: y + 6 })),
    svg("circle", { class: `share ${kind}`, cx: x(r.share), cy: y, r: 5 }),
  ];
  const inside = rate.percent >= rate.lower && rate.percent <= rate.upper;
  const said = `${count(rate.observed)} of ${count(rate.n)} requests were sampled, ${percent(rate.share)}. ` +
    `The true rate is from ${percent(rate.lower)} to ${percent(rate.upper)}; ${percent(rate.percent)} was claimed, which is ${inside ? "inside" : "outside"}.`;
  const height = former ? 110 : 86;
  return el("figure", null,
    picture({ class: "chart", width: "100%", height }, "The observed rate against the claimed one", said,
      steps(from, to, 4).map((t) => [
        svg("line", { class: "tick", x1: x(t), x2: x(t), y1: 0, y2: height - 20 }),
        svg("text", { x: x(t), dx: 3, y: height - 6 }, percent(t)),
      ]),
      svg("line", { class: "target", x1: x(rate.percent), x2: x(rate.percent), y1: 0, y2: height - 20 }),
      svg("text", { class: "target", x: x(rate.percent), y: 12, "text-anchor": rate.percent > (from + to) / 2 ? "end" : "start", dx: rate.percent > (from + to) / 2 ? -5 : 5 }, `claimed ${percent(rate.percent)}`),
      interval(rate, 40, "now"),
      former && [interval(former, 70, "then"), svg("text", { x: 4, y: 88 }, "dashed: the former run")]),
    el("figcaption", null, said));
}

function percent(value) {
  return `${Number(value.toPrecision(4))} %`;
}

function rateTable(rate) {
  return table("The test of the rate", ["Requests", "Sampled", "Claimed", "Interval of the true rate", "p", "α", "Power"], [[
    count(rate.n), `${count(rate.observed)} (${percent(rate.share)})`, percent(rate.percent),
    `${percent(rate.lower)} to ${percent(rate.upper)}`, rate.p, rate.alpha,
    rate.power ? `${rate.power} against ${rate.against}` : "not known",
  ]]);
}

// Of fewer requests than this a distribution has no shape, and of more curves than this
// nobody tells one from another.
const FEW = 10;
const CURVES = 12;

// latency shows how long requests took: as curves where there are not too many, and as a table.
function latency(latencies, former) {
  const curves = [
    ...latencies.map((l, i) => ({ ...l, kind: `curve-${i % 6}`, name: l.variant || "all requests" })),
    ...(former ?? []).map((l) => ({ ...l, kind: `curve-${Math.max(latencies.findIndex((o) => o.variant === l.variant), 0) % 6} then`, name: `${l.variant || "all requests"}, former run` })),
  ].filter((c) => c.percentiles?.length > 1);
  const drawn = curves.filter((c) => c.n >= FEW);
  const numbers = () => table("How long requests took, from their intended start", ["Requests", "Number", "Shortest", "Median", "90 %", "99 %", "Longest"],
    curves.map((c) => [c.name, count(c.n), ...[0, 50, 90, 99, 100].map((p) => time(1e9 * quantile(c, p)))]));
  if (curves.length === 0) return null;
  if (drawn.length === 0 || drawn.length > CURVES) return fold("How long requests took", false, numbers);
  return [latencyChart(drawn), numbers()];
}

// latencyChart draws the share of requests that took no longer, by time; those of a former
// run are dotted.
function latencyChart(curves) {
  const all = curves.flatMap((c) => c.percentiles).filter((s) => s > 0);
  const least = Math.min(...all);
  const most = Math.max(...all);
  // Distributions that lie far apart are told apart on a logarithmic axis only.
  const wide = most / least > 20;
  const scale = wide ? Math.log10 : (s) => s;
  const room = 0.08 * (scale(most) - scale(least)) || 0.1 * Math.abs(scale(most)) || 1;
  const from = scale(least) - room;
  const to = scale(most) + room;
  const x = (seconds) => (100 * (scale(Math.max(seconds, least)) - from)) / (to - from);
  const ticks = wide ? powers(least, most) : steps(least, most, 4);
  const shape = (c) => c.percentiles.map((s, i) => `${x(s).toFixed(2)},${(100 - (100 * i) / (c.percentiles.length - 1)).toFixed(2)}`).join(" ");
  const said = curves.map((c) => `${c.name}: median ${time(1e9 * quantile(c, 50))}, 99 % within ${time(1e9 * quantile(c, 99))}`).join("; ");
  return el("figure", null,
    picture({ class: "chart", width: "100%", height: 246 }, "How long requests took", said,
      [0, 25, 50, 75, 100].map((p) => [
        svg("line", { class: "tick", x1: "0%", x2: "100%", y1: 10 + 2 * (100 - p), y2: 10 + 2 * (100 - p) }),
        svg("text", { x: 2, y: 7 + 2 * (100 - p) + 8 }, `${p} %`),
      ]),
      ticks.map((t) => [
        svg("line", { class: "tick", x1: `${x(t)}%`, x2: `${x(t)}%`, y1: 10, y2: 214 }),
        svg("text", { x: `${x(t)}%`, dx: 3, y: 228 }, time(1e9 * t)),
      ]),
      svg("svg", { x: 0, y: 10, width: "100%", height: 200, viewBox: "0 0 100 100", preserveAspectRatio: "none" },
        curves.map((c) => svg("polyline", { class: `curve ${c.kind}`, points: shape(c), "vector-effect": "non-scaling-stroke" })))),
    el("figcaption", null, "Share of requests that took no longer", wide ? ", on a logarithmic axis" : "", "."),
    el("ul", { class: "legend" }, curves.map((c) => el("li", null,
      svg("svg", { width: 28, height: 10, "aria-hidden": true }, svg("line", { class: `curve ${c.kind}`, x1: 0, x2: 28, y1: 5, y2: 5 })), " ", c.name))));
}

function quantile(curve, p) {
  return curve.percentiles[Math.floor(((curve.percentiles.length - 1) * p) / 100)];
}

// powers are 1, 2 and 5 times the powers of ten between two numbers, not too many of them.
function powers(least, most) {
  const of = (factors) => {
    const all = [];
    for (let e = Math.floor(Math.log10(least)); e <= Math.ceil(Math.log10(most)); e++) {
      for (const f of factors) if (f * 10 ** e >= least && f * 10 ** e <= most) all.push(f * 10 ** e);
    }
    return all;
  };
  const some = of([1, 2, 5]);
  return some.length <= 6 ? some : of([1]);
}
