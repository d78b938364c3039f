// The expected and the observed tree beside each other, line by line.

const MARKS = [
  { name: "same", sign: "", says: "" },
  { name: "missing", sign: "−", says: "missing" },
  { name: "extra", sign: "+", says: "extra" },
  { name: "different", sign: "≠", says: "different" },
  { name: "moved", sign: "↷", says: "elsewhere" },
  { name: "along", sign: "", says: "with it" },
];

// Of more lines than this, long runs of equal ones are folded, but for these at their ends.
const LONG = 150;
const CONTEXT = 3;

function trees(request, words) {
  const lines = request.lines ?? [];
  const differing = request.alone ? 0 : lines.filter((l) => MARKS[l[0]].sign).length;
  const expected = lines.some((l) => l[2] >= 0);
  const observed = lines.some((l) => l[4] >= 0);
  const both = !request.alone || (expected && observed);
  const body = el("tbody");
  const text = (depth, word) => (word < 0 ? "" : "  ".repeat(depth) + words[word]);
  const cell = (depth, word) => el("td", { class: word < 0 ? "nothing" : depth === 0 ? "heading" : null }, el("span", null, text(depth, word)));
  const row = ([kind, expectedDepth, expectedWord, observedDepth, observedWord]) => {
    const mark = MARKS[request.alone ? 0 : kind];
    return el("tr", { class: mark.name },
      both && el("th", { scope: "row" }, mark.sign && el("span", { "aria-hidden": true }, mark.sign), " ", mark.says),
      (both || expected) && cell(expectedDepth, expectedWord),
      (both || !expected) && cell(observedDepth, observedWord));
  };
  for (const run of runs(lines, request.alone)) {
    if (run.folded) {
      body.append(unfolding(run, both ? 3 : 1, () => run.lines.map(row)));
    } else {
      body.append(...run.lines.map(row));
    }
  }
  const said = both && (differing === 0 ? "The two trees are equal." : `${plural(differing, "line")} of ${count(lines.length)} ${differing === 1 ? "differs" : "differ"}.`);
  return [
    request.note && el("p", { class: "note" }, request.note),
    lines.length > 0 && el("div", { class: "wide trees", role: "region", tabindex: 0, "aria-label": "Expected and observed tree" },
      el("table", null,
        el("caption", null, both ? `Expected and observed tree. ${said}` : expected ? "Expected tree" : "Observed tree"),
        el("thead", null, el("tr", null,
          both && el("th", { scope: "col", class: "sign" }, el("span", { class: "hidden" }, "Difference")),
          (both || expected) && el("th", { scope: "col" }, "Expected"),
          (both || !expected) && el("th", { scope: "col" }, "Observed"))),
        body)),
  ];
}

// runs cuts lines into those that are shown and those that are folded.
function runs(lines, alone) {
  if (lines.length <= LONG) return [{ lines }];
  const near = new Uint8Array(lines.length);
  const show = (from, to) => near.fill(1, Math.max(from, 0), to);
  show(0, LONG / 3);
  if (!alone) lines.forEach((l, i) => l[0] !== 0 && show(i - CONTEXT, i + CONTEXT + 1));
  const all = [];
  for (let from = 0; from < lines.length;) {
    let to = from;
    while (to < lines.length && near[to] === near[from]) to++;
    const run = lines.slice(from, to);
    // A great many lines that differ are no easier to read than equal ones.
    for (let i = 0; i < run.length; i += near[from] ? 500 : run.length) {
      const some = near[from] ? run.slice(i, i + 500) : run;
      all.push({ lines: some, folded: near[from] ? i > 0 : some.length > 2 * CONTEXT, equal: !near[from] });
    }
    from = to;
  }
  return all;
}

// unfolding is a line that stands for many, and gives way to them.
function unfolding(run, width, rows) {
  const button = el("button", { type: "button" }, `show ${plural(run.lines.length, run.equal ? "equal line" : "line")}`);
  const line = el("tr", { class: "folded" }, el("td", { colspan: width }, button));
  button.addEventListener("click", () => line.replaceWith(...rows()));
  return line;
}
