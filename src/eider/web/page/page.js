// The dashboard's script: asks /api/, and shows what comes as text, never as HTML.
"use strict";

const REFRESH_MS = 5000;
const TOKEN = "eider-token";
const SVG = "http://www.w3.org/2000/svg";
const PAGE_FILES = 50;

const $ = (id) => document.getElementById(id);

// ---- texts ---------------------------------------------------------------------------------

// What does not show, or turns the direction of writing, is shown by its number.
const visible = (text) =>
  String(text).replace(/(?![\n])[\p{C}\u00A0\u115F\u1160\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\u3164\uFE00-\uFE0F]/gu,
    (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

// An element with attributes; children are elements or texts.
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "rect", "line", "text", "title"].includes(name);
  const element = svg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") element.addEventListener("click", value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null) element.setAttribute(key, value);
  }
  for (const child of children) {
    element.append(child instanceof Node ? child : document.createTextNode(visible(child ?? "–")));
  }
  return element;
}

const number = (value) => (value === null ? "–" : value.toLocaleString("en"));

function bytes(value) {
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let at = 0;
  for (; value >= 1000 && at + 1 < units.length; at++) value /= 1000;
  return `${at && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

function seconds(value) {
  if (value === 0) return "0 s";
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 120) return `${value.toFixed(value < 10 ? 1 : 0)} s`;
  return `${Math.round(value / 60)} min`;
}

// In UTC, as the log and the commands have it.
const time = (text) => (text ? text.replace("T", " ").replace(/\.\d+Z$/, "") : "–");

// ---- asking --------------------------------------------------------------------------------

class Refused extends Error {}

async function ask(path, options = {}) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = { ...options.headers };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, { ...options, headers, cache: "no-store" });
  const body = await answer.json();
  if (answer.status === 401) throw new Refused(body.error);
  if (!answer.ok) throw new Error(body.error);
  return body;
}

const change = (path) => ask(path, { method: "POST", headers: { "X-Eider-Request": "1" } });

// ---- parts of the page ---------------------------------------------------------------------

// Puts children into a place when they differ from what is there; the focus stays where it was.
const shown = new Map();

function show(place, data, build) {
  const text = JSON.stringify(data);
  if (shown.get(place) === text) return;
  shown.set(place, text);
  const focused = document.activeElement?.dataset?.focus;
  $(place).replaceChildren(...build(data));
  if (focused) {
    const again = [...$(place).querySelectorAll("[data-focus]")];
    again.find((element) => element.dataset.focus === focused)?.focus();
  }
}

// Columns: [title, class, cell of a row].
function table(columns, rows) {
  const head = columns.map(([title, style]) => make("th", { scope: "col", class: style }, title));
  const body = rows.map((row) => make("tr", {},
    ...columns.map(([title, style, cell]) =>
      make("td", { class: style, "data-label": title }, ...[cell(row)].flat()))));
  return make("div", { class: "scroll" },
    make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body)));
}

const nothing = (text) => [make("p", { class: "soft" }, text)];

const link = (file) => make("a", { href: `/file?uri=${file.id}`, class: "clamped" }, file.file);

function showNow(now) {
  const problems = now.sources.filter((source) => source.problem).map(
    (source) => `${source.name}: ${source.problem}`);
  if (now.problem) problems.unshift(now.problem);
  const is_good = now.ledger_up && problems.length === 0;
  $("standing").className = is_good ? "good" : "bad";
  $("standing").textContent = is_good ? "Ledger and sources answer"
    : visible(now.ledger_up ? problems[0] : `The ledger does not answer. ${problems[0] ?? ""}`);
  $("program").textContent = visible(
    `${now.program}, started ${time(now.started)} UTC, last asked ${time(now.time)} UTC`);
  const tiles = [
    ["Ledger", now.ledger_up ? "up" : "away", !now.ledger_up],
    ["In work", number(now.in_work)],
    ["Waiting", number(now.waiting)],
    ["Failed", number(now.failed), now.failed > 0],
    ["Held", number(now.held)],
    ["Files in a minute", number(now.files_in_last_minute)],
    ["Rows in a minute", number(now.rows_in_last_minute)],
  ];
  show("now", tiles, () => tiles.map(([title, value, is_bad]) =>
    make("div", { class: is_bad ? "bad" : null }, make("dt", {}, title), make("dd", {}, value))));
  show("sources", now.sources, () => now.sources.map((source) => make("li", {},
    make("span", { class: `state ${source.problem ? "bad" : "good"}` },
      source.problem ? "away" : "up"),
    make("span", {}, source.name),
    make("span", { class: "soft" }, ` ${number(source.open)} open`),
    ...(source.problem ? [make("span", { class: "bad" }, ` ${source.problem}`)] : []))));
}

// Bars for the minutes of an hour. Series: [class, values], one on top of the other.
function plot(title, summary, series, format) {
  const [width, height, top, bottom] = [360, 130, 14, 112];
  const sums = series[0][1].map((_, i) => series.reduce((sum, [, values]) => sum + values[i], 0));
  const highest = Math.max(...sums);
  const step = width / sums.length;
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `${title}: ${summary}` });
  svg.append(make("line", { class: "axis", x1: 0, x2: width, y1: bottom, y2: bottom }));
  sums.forEach((_, i) => {
    let y = bottom;
    for (const [style, values] of series) {
      if (values[i] === 0) continue;
      const size = Math.max((values[i] / highest) * (bottom - top), 1);
      y -= size;
      svg.append(make("rect", { class: style, x: (i * step).toFixed(1), y: y.toFixed(1),
        width: (step - 1).toFixed(1), height: size.toFixed(1) }));
    }
  });
  svg.append(make("text", { x: 0, y: 10 }, highest > 0 ? format(highest) : ""),
    make("text", { x: 0, y: height - 4 }, "an hour ago"),
    make("text", { x: width, y: height - 4, "text-anchor": "end" }, "now"));
  return make("figure", {}, make("figcaption", {}, title, make("span", {}, summary)), svg);
}

function showSeries(series) {
  const each = 60 / series.step_seconds;
  const minutes = (values, add) => Array.from({ length: values.length / each }, (_, i) =>
    values.slice(i * each, (i + 1) * each).reduce(add, 0));
  const sum = (a, b) => a + b;
  const data = {
    loaded: minutes(series.loaded, sum),
    failed: minutes(series.failed, sum),
    rows: minutes(series.rows, sum),
    size: series.bytes.reduce(sum, 0),
    lag: minutes(series.lag_seconds_max, (a, b) => Math.max(a, b)),
  };
  const total = (values) => values.reduce(sum, 0);
  show("plots", data, () => [
    plot("Files a minute",
      `${number(total(data.loaded))} loaded, ${number(total(data.failed))} failed in the hour`,
      [["first", data.loaded], ["second", data.failed]], number),
    plot("Rows a minute", `${number(total(data.rows))} rows of ${bytes(data.size)} in the hour`,
      [["first", data.rows]], number),
    plot("Longest lag", `${seconds(Math.max(...data.lag))} at most, from event to table`,
      [["first", data.lag]], seconds),
  ]);
}

let files_shown = PAGE_FILES;

async function redrive(button, query, what) {
  button.disabled = true;
  try {
    const { announced, more } = await change(`/api/redrive?${query}`);
    $("redriven").textContent = visible(announced === 0 ? `${what}: not failed any more`
      : `${what}: ${announced} announced${more ? "; there are more" : ""}`);
    button.textContent = "Announced";
  } catch (error) {
    button.disabled = false;
    if (error instanceof Refused) return askForToken(error);
    $("redriven").textContent = visible(`${what}: ${error.message}`);
  }
}

// Asks before it does it: the first press arms it.
function redriveAll(event) {
  const button = event.currentTarget;
  if (button.dataset.armed) return redrive(button, "all=1", "All failed files");
  button.dataset.armed = "1";
  button.textContent = "Press again to redrive all failed files";
}

function showFailed(page) {
  show("failed", page, () => {
    if (page.files.length === 0) return nothing("None.");
    const actions = make("div", { class: "actions" },
      make("button", { type: "button", "data-focus": "all", onclick: redriveAll }, "Redrive all"));
    if (page.more && files_shown < 200) {
      actions.append(make("button", { type: "button", "data-focus": "more", onclick: () => {
        files_shown = Math.min(files_shown + PAGE_FILES, 200);
        refresh();
      } }, "Show more"));
    }
    return [table([
      ["Time (UTC)", "time", (file) => time(file.finished_at)],
      ["File", "long", link],
      ["Table", "long", (file) => file.table],
      ["Reason", "long", (file) => [make("span", { class: "code" }, file.code),
        make("span", { class: "reason clamped" }, file.error)]],
      ["", "", (file) => make("button", { type: "button", "data-focus": `redrive ${file.id}`,
        "aria-label": visible(`Redrive ${file.file}`.slice(0, 200)),
        onclick: (event) => redrive(event.currentTarget, `uri=${file.id}`, file.file) },
      "Redrive")],
    ], page.files), actions];
  });
}

const state = (name) => (row) => number(row.files[name] ?? 0);

function showRoutes({ routes }) {
  show("routes", routes, () => (routes.length === 0 ? nothing("Nothing was loaded yet.") : [table([
    ["Route", "long", (row) => row.route || "no route"],
    ["Table", "long", (row) => row.table || "–"],
    ["Loaded", "number", state("LOADED")],
    ["Waiting", "number", state("WAITING")],
    ["In work", "number", state("CLAIMED")],
    ["Failed", "number", state("FAILED")],
    ["Held", "number", state("HELD")],
    ["Skipped", "number", state("SKIPPED")],
    ["Rows", "number", (row) => number(row.rows)],
    ["Size", "number", (row) => bytes(row.bytes)],
    ["Latest (UTC)", "time", (row) => time(row.newest)],
  ], routes)]));
}

function showTables({ tables }) {
  show("tables", tables, () => (tables.length === 0 ? nothing("None yet.") : [table([
    ["Table", "long", (row) => row.table],
    ["Files", "number", state("LOADED")],
    ["Rows", "number", (row) => number(row.rows)],
    ["Last snapshot", "long", (row) => row.snapshot_id],
    ["Of (UTC)", "time", (row) => time(row.snapshot_time)],
  ], tables)]));
}

// ---- one file ------------------------------------------------------------------------------

function facts(pairs) {
  const list = make("dl", { class: "facts" });
  for (const [title, value] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(make("dt", {}, title), make("dd", {}, value));
  }
  return list;
}

function partsOf(version) {
  if (version.parts.length === 0) return [];
  return [make("h3", {}, "Parts"), table([
    ["Route", "long", (part) => part.route],
    ["Values", "long", (part) => part.values.map((value) => value ?? "null").join(", ")],
    ["Table", "long", (part) => part.table],
    ["State", "", (part) => (part.loaded ? "loaded" : "missing")],
    ["Rows", "number", (part) => number(part.rows)],
    ["Snapshot", "long", (part) => part.snapshot_id],
    ["Token", "long", (part) => part.commit_token],
  ], version.parts)];
}

function showStory({ file, versions }) {
  document.title = visible(file).slice(0, 200) + " – Eider";
  $("story-title").textContent = visible(file);
  show("versions", versions, () => versions.map((version) => {
    const is_failed = version.state === "FAILED";
    const rows = [`${number(version.rows)} written`];
    for (const [name, word] of [["rows_read", "read"], ["rows_filtered", "filtered"],
      ["rows_rejected", "rejected"]]) {
      if (version[name]) rows.push(`${number(version[name])} ${word}`);
    }
    const card = make("article", { class: "card" },
      make("h3", { class: is_failed ? "bad" : null }, version.state),
      facts([
        ["Reason", version.error],
        ["Code", version.code],
        ["Line", version.line],
        ["Column", version.column],
        ["Value", version.value],
        ["Route", version.route],
        ["Table", version.table],
        ["Rows", rows.join(", ")],
        ["Snapshot", version.snapshot_id],
        ["Size", bytes(version.size_bytes)],
        ["Version", version.version_id],
        ["ETag", version.etag],
        ["First seen (UTC)", time(version.first_seen)],
        ["Claimed (UTC)", time(version.claimed_at)],
        ["Ended (UTC)", time(version.finished_at)],
        ["Attempts", `${version.attempts}` + (version.broken_off
          ? `, of which ${version.broken_off} broke off` : "")],
        ["Owner", version.owner],
        ["Commit token", version.commit_token],
        ["Read by", version.readers],
        ["Route's version", version.route_version],
        ["SHA-256 of the SQL", version.sql_hash],
      ]), ...partsOf(version));
    if (is_failed) {
      card.append(make("div", { class: "actions" }, make("button", { type: "button",
        "data-focus": "redrive",
        onclick: (event) => redrive(event.currentTarget, `uri=${version.id}`, "The file") },
      "Redrive")));
    }
    return card;
  }));
}

// ---- the page ------------------------------------------------------------------------------

const is_story = location.pathname === "/file";

async function refreshStory() {
  try {
    showStory(await ask(`/api/file${location.search}`));
    $("told").textContent = "";
  } catch (error) {
    if (error instanceof Refused) throw error;
    $("told").textContent = visible(error.message);
  }
  showNow(await ask("/api/now"));
}

async function refreshOverview() {
  const [now, series, failed, routes, tables] = await Promise.all([
    ask("/api/now"), ask("/api/series"), ask(`/api/files?state=FAILED&limit=${files_shown}`),
    ask("/api/routes"), ask("/api/tables")].map((answer) => answer.catch((error) => error)));
  const answers = [[now, showNow], [series, showSeries], [failed, showFailed],
    [routes, showRoutes], [tables, showTables]];
  for (const [answer] of answers) if (answer instanceof Refused) throw answer;
  for (const [answer, place] of answers) if (!(answer instanceof Error)) place(answer);
  if (now instanceof Error) throw now;
}

function askForToken(error) {
  const had = sessionStorage.getItem(TOKEN);
  sessionStorage.removeItem(TOKEN);
  $("overview").hidden = $("story").hidden = $("forget").hidden = true;
  $("standing").className = "";
  $("standing").textContent = "";
  $("refused").textContent = had ? visible(`The worker refused it: ${error.message}`) : "";
  if (!$("ask").hidden) return;
  $("ask").hidden = false;
  $("token").focus();
}

let timer = 0;
let turn = 0;

async function refresh() {
  clearTimeout(timer);
  const mine = ++turn;
  try {
    await (is_story ? refreshStory() : refreshOverview());
    $("ask").hidden = true;
    $(is_story ? "story" : "overview").hidden = false;
    $("forget").hidden = !sessionStorage.getItem(TOKEN);
  } catch (error) {
    if (error instanceof Refused) return askForToken(error);
    $("standing").className = "bad";
    $("standing").textContent = visible(`The worker does not answer: ${error.message}`);
  }
  if (mine === turn && !document.hidden) timer = setTimeout(refresh, REFRESH_MS);
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, $("token").value);
  $("token").value = "";
  refresh();
});

$("forget").addEventListener("click", () => {
  sessionStorage.removeItem(TOKEN);
  shown.clear();
  refresh();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});

refresh();
