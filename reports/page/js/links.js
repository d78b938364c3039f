// Links lead only where their text says: to pages of the web, to traces in Jaeger, and to
// files of evidence beside this one.

const settings = JSON.parse(document.getElementById("settings").textContent);

function link(address, text) {
  return el("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, text);
}

// web is an address as a link, or as text where it is none of the web.
function web(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return address;
  }
  return url.protocol === "https:" || url.protocol === "http:" ? link(url.href, address) : address;
}

// traceID is the id of a trace, with a link where Jaeger's address is known.
function traceID(id) {
  const shown = el("code", null, id);
  if (!settings.jaeger || !/^([0-9a-f]{16}|[0-9a-f]{32})$/.test(id)) return shown;
  return [shown, " ", link(`${settings.jaeger}/trace/${id}`, "in Jaeger")];
}

// evidence is the path of a file below the run folder, in which this page lies too.
function evidence(file) {
  const shown = el("code", null, file.path);
  if (!file.below) return shown;
  return link("./" + file.path.split("/").map(encodeURIComponent).join("/"), shown);
}
