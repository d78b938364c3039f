// Elements are made here and nowhere else: of names, attributes and text. Text never
// becomes markup, and no attribute of these runs anything.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== undefined && value !== null && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false && c !== ""));
  return node;
}

// el makes an element of HTML, svg one of SVG.
function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

// picture is an SVG with a title and a description for whoever cannot see it.
let pictures = 0;

function picture(attributes, title, description, ...children) {
  const id = `picture-${++pictures}`;
  return svg("svg", { role: "img", "aria-labelledby": `${id}-title ${id}-desc`, ...attributes },
    svg("title", { id: `${id}-title` }, title),
    svg("desc", { id: `${id}-desc` }, description),
    ...children);
}

// verdict is a verdict as the rest of the page shows it.
function verdict(word) {
  return el("span", { class: `verdict ${word}` }, word);
}

// table is a table in a box that scrolls sideways where it must. Its first column are
// headings of rows; a cell is text, an element, or a list of both.
let tables = 0;

function table(caption, columns, rows, attributes) {
  const id = `table-${++tables}`;
  return el("div", { class: "wide", role: "region", tabindex: 0, "aria-labelledby": id },
    el("table", attributes,
      el("caption", { id }, caption),
      el("thead", null, el("tr", null, columns.map((c) => el("th", { scope: "col" }, c)))),
      el("tbody", null, rows.map((row) => el("tr", null, row.map((cell, i) =>
        i === 0 ? el("th", { scope: "row" }, cell) : el("td", null, cell)))))));
}

// fold is what opens when somebody asks for it. It is built then.
function fold(summary, open, build) {
  const box = el("details", null, el("summary", null, summary));
  let built = false;
  const show = () => {
    if (box.open && !built) {
      built = true;
      fill(box, null, [build()]);
    }
  };
  box.addEventListener("toggle", show);
  box.open = open;
  show();
  return box;
}

// plural is a number with its noun.
function plural(n, noun) {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

function count(n) {
  return n.toLocaleString("en");
}

// time is nanoseconds as people read them.
function time(ns) {
  const digits = (value, unit) => `${Number(value.toPrecision(4))}\u00a0${unit}`;
  const size = Math.abs(ns);
  if (size === 0) return "0";
  if (size < 1e3) return digits(ns, "ns");
  if (size < 1e6) return digits(ns / 1e3, "µs");
  if (size < 1e9) return digits(ns / 1e6, "ms");
  return digits(ns / 1e9, "s");
}

// steps are round numbers from low to high, about as many as wanted.
function steps(low, high, wanted) {
  const raw = (high - low) / wanted;
  if (!(raw > 0) || !isFinite(raw)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw);
  const all = [];
  for (let i = Math.ceil(low / step); i * step <= high && all.length < 20; i++) all.push(i * step);
  return all;
}

// part is where value lies between low and high, as a length.
function part(value, low, high) {
  return `${high > low ? (100 * (value - low)) / (high - low) : 0}%`;
}
