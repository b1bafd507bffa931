#include "server/telemetry/live_page.h"

namespace sconce {

const char kLivePage[] = R"page(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sconce</title>
<style>
:root { --bg:#f6f5f2; --card:#fff; --ink:#1d1c1a; --dim:#77736b; --line:#e5e2db; --flame:#d9591c;
        --good:#1f8a4c; --warn:#b57a00; --bad:#c0342b; }
@media (prefers-color-scheme: dark) {
  :root { --bg:#161513; --card:#201f1c; --ink:#efece5; --dim:#9a958a; --line:#33312c; --flame:#ff8a4a;
          --good:#4cc27d; --warn:#e0ab3c; --bad:#ff6f63; } }
* { box-sizing:border-box }
body { margin:0; background:var(--bg); color:var(--ink); font:15px/1.45 system-ui,sans-serif }
main { max-width:1080px; margin:0 auto; padding:28px 20px 60px }
header { display:flex; align-items:baseline; gap:14px; flex-wrap:wrap; margin-bottom:22px }
h1 { font-size:26px; margin:0; letter-spacing:-.02em }
h1::before { content:""; display:inline-block; width:11px; height:17px; margin-right:9px;
  background:linear-gradient(var(--flame),#f7b733); border-radius:60% 60% 50% 50%/75% 75% 30% 30%;
  vertical-align:-1px }
.dim { color:var(--dim) } .right { margin-left:auto }
.pill { font-size:12.5px; font-weight:600; padding:2px 10px; border-radius:99px;
  border:1px solid currentColor }
.ready { color:var(--good) } .loading,.draining { color:var(--warn) }
.failed { color:var(--bad) } .unloaded { color:var(--dim) }
.tiles { display:grid; grid-template-columns:repeat(auto-fit,minmax(150px,1fr)); gap:12px;
  margin-bottom:26px }
.tile,.model { background:var(--card); border:1px solid var(--line); border-radius:12px }
.tile { padding:13px 16px } .tile b { display:block; font-size:23px; letter-spacing:-.02em }
.model { padding:15px 18px; margin-bottom:12px }
.model .top { display:flex; gap:10px; align-items:center; flex-wrap:wrap }
.model h2 { font-size:17px; margin:0 }
.figures { display:flex; flex-wrap:wrap; gap:8px 30px; margin-top:11px; align-items:end }
.figures b { display:block; font-size:17px; font-variant-numeric:tabular-nums }
.figures span, .tile span { font-size:12.5px; color:var(--dim) }
svg { width:150px; height:34px; margin-left:auto } polyline { fill:none; stroke:var(--flame);
  stroke-width:1.6; stroke-linejoin:round }
code { font:12.5px ui-monospace,monospace; color:var(--dim); overflow-wrap:anywhere; display:block;
  margin-top:9px }
.reason { color:var(--bad); margin-top:9px; overflow-wrap:anywhere; white-space:pre-wrap }
a { color:inherit }
</style>
</head>
<body>
<main>
<header><h1>Sconce</h1><span id="state" class="pill loading">connecting</span>
<span id="about" class="dim"></span><span class="dim right"><a href="/metrics">metrics</a></span></header>
<section class="tiles" id="tiles"></section>
<section id="models"></section>
</main>
<script>
"use strict";
const WINDOW = 10, HISTORY = 60;
const polled = new Map();   // "name:version" -> polls, oldest first
const $ = id => document.getElementById(id);

// Text only: names and reasons come from files and callers.
function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return (i === 0 || n >= 100 ? n.toFixed(0) : n.toFixed(1)) + " " + units[i];
}
function rate(x) { return x >= 100 ? x.toFixed(0) : x.toFixed(1); }
function latency(s) {
  if (s === null) return "–";
  return s < 1e-3 ? (s * 1e6).toFixed(0) + " µs" : s < 1 ? (s * 1e3).toFixed(1) + " ms"
                                                         : s.toFixed(2) + " s";
}
function span(s) {
  s = Math.floor(s);
  const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  return d ? d + " d " + h + " h" : h ? h + " h " + m + " min" : m ? m + " min " + s % 60 + " s"
                                                                  : s + " s";
}

// A quantile of the requests between two polls, straight within its bucket as Prometheus does it.
function quantile(q, now, before) {
  const counts = now.map(([, count], i) => count - (before && before[i] ? before[i][1] : 0));
  const total = counts.length ? counts[counts.length - 1] : 0;
  if (!(total > 0)) return null;
  const rank = q * total;
  const i = counts.findIndex(count => count >= rank);
  const lower = i > 0 ? now[i - 1][0] : 0, upper = now[i][0];
  if (upper === null) return lower;
  const below = i > 0 ? counts[i - 1] : 0;
  return lower + (upper - lower) * (rank - below) / Math.max(1, counts[i] - below);
}

function remember(model, at) {
  const key = model.name + ":" + model.version;
  const polls = polled.get(key) || [];
  const done = model.requests + model.failures;
  const last = polls[polls.length - 1];
  if (last && last.done > done) polls.length = 0;   // loaded anew
  polls.push({at, done, buckets: model.buckets});
  if (polls.length > HISTORY) polls.shift();
  polled.set(key, polls);
  return polls;
}
function rates(polls) {
  return polls.slice(1).map((p, i) => (p.done - polls[i].done) / Math.max(.001, p.at - polls[i].at));
}
function spark(values) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg"), line = document.createElementNS(ns, "polyline");
  const top = Math.max(...values, 1);
  svg.setAttribute("viewBox", "0 0 150 34");
  line.setAttribute("points", values.map((v, i) =>
    (150 - (values.length - 1 - i) * 150 / (HISTORY - 1)).toFixed(1) + "," +
    (32 - 30 * v / top).toFixed(1)).join(" "));
  svg.append(line);
  return svg;
}
function figure(name, value) {
  const box = el("div");
  box.append(el("b", "", value), el("span", "", name));
  return box;
}

function show(model, at) {
  const polls = remember(model, at);
  const now = polls[polls.length - 1], before = polls[Math.max(0, polls.length - 1 - WINDOW)];
  const seconds = now.at - before.at;
  const perSecond = seconds > 0 ? (now.done - before.done) / seconds : 0;
  const since = before === now ? null : before.buckets;
  const card = el("article", "model"), top = el("div", "top"), row = el("div", "figures");
  top.append(el("h2", "", model.name), el("span", "dim", "version " + model.version),
             el("span", "pill " + model.state, model.state));
  if (model.default) top.append(el("span", "dim", "default"));
  top.append(el("span", "dim right", [model.format, model.device].filter(Boolean).join(" · ")));
  row.append(figure("requests / s", rate(perSecond)),
             figure("p50", latency(quantile(.5, model.buckets, since))),
             figure("p99", latency(quantile(.99, model.buckets, since))),
             figure("answered", model.requests.toLocaleString()),
             figure("failed", model.failures.toLocaleString()),
             figure("waiting", model.queue_depth), figure("weights", bytes(model.bytes)),
             figure("loaded in", latency(model.load_seconds)), spark(rates(polls)));
  card.append(top);
  if (model.state === "ready") card.append(row);
  for (const text of model.signatures) card.append(el("code", "", text));
  for (const text of model.notes) card.append(el("code", "", text));
  if (model.reason) card.append(el("div", "reason", model.reason));
  return [card, perSecond];
}
function tile(name, value) {
  const box = el("div", "tile");
  box.append(el("b", "", value), el("span", "", name));
  return box;
}

function render(status) {
  const at = performance.now() / 1000;
  let total = 0;
  const cards = status.models.map(model => {
    const [card, perSecond] = show(model, at);
    total += perSecond;
    return card;
  });
  if (!cards.length) cards.push(el("p", "dim", "No model is loaded."));
  $("models").replaceChildren(...cards);
  $("state").textContent = status.ready ? "serving" : "not ready";
  $("state").className = "pill " + (status.ready ? "ready" : "loading");
  $("about").textContent = status.version + " · gRPC " + status.grpc + " · up " +
                           span(status.uptime_seconds);
  const ready = status.models.filter(model => model.state === "ready");
  $("tiles").replaceChildren(
    tile("requests / s", rate(total)), tile("models ready", ready.length + " of " + status.models.length),
    tile("weights", bytes(ready.reduce((sum, model) => sum + model.bytes, 0))),
    tile("resident memory", bytes(status.resident_bytes)));
}
async function poll() {
  try {
    render(await (await fetch("/status.json", {cache: "no-store"})).json());
  } catch (error) {
    $("state").textContent = "no answer";
    $("state").className = "pill failed";
  }
  setTimeout(poll, 1000);
}
poll();
</script>
</body>
</html>
)page";

}  // namespace sconce
