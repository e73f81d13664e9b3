"use strict";

// Everything is set as text: names of submissions and reasons are what others wrote.
const element = (id) => document.getElementById(id);

const age = (seconds) => {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return `${whole} s`;
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const attempt = (of) => of.submission_id + (of.attempt > 1 ? `.${of.attempt}` : "");

// Columns of each table: heading, text of a row, class of a row's cell.
const tables = {
  hands: [
    ["submission", (h) => attempt(h) + (h.try > 1 ? ` (try ${h.try})` : "")],
    ["problem", (h) => h.problem],
    ["test", (h) => (h.tests ? `${h.test || 0} of ${h.tests}` : ""), () => "number"],
    ["time", (h) => age(h.elapsed_seconds), () => "number"],
    ["language", (h) => h.language || ""],
    ["worker", (h) => h.worker],
    ["lane", (h) => h.lane || ""],
  ],
  lanes: [
    ["pool", (l) => l.subject || l.pool],
    ["lane", (l) => l.lane || ""],
    ["waiting", (l) => String(l.waiting), () => "number"],
    ["oldest", (l) => (l.waiting ? age(l.oldest_seconds) : ""), () => "number"],
    ["per minute", (l) => l.per_minute.toFixed(1), () => "number"],
    ["expected wait", (l) => (l.expected_wait_seconds === undefined ? "not known" : age(l.expected_wait_seconds)), () => "number"],
    ["why nobody takes it", (l) => l.reason || "", () => "reason"],
  ],
  workers: [
    ["name", (w) => w.name],
    ["state", (w) => w.state, (w) => (w.state === "ready" ? "good" : "bad")],
    ["busy", (w) => `${w.busy} of ${w.slots}`, () => "number"],
    ["pool", (w) => w.pool],
    ["host", (w) => w.host],
    ["seen", (w) => `${age(w.age_seconds)} ago`, () => "number"],
    ["reason", (w) => w.reason || "", () => "reason"],
  ],
  lost: [
    ["name", (w) => w.name],
    ["seen", (w) => `${age(w.age_seconds)} ago`, () => "number"],
    ["pool", (w) => w.pool],
    ["host", (w) => w.host],
  ],
  verdicts: [
    ["submission", attempt],
    ["problem", (v) => v.problem],
    ["verdict", (v) => v.verdict, (v) => (v.verdict === "AC" ? "good" : "bad")],
    ["time", (v) => `${v.total_seconds.toFixed(1)} s`, () => "number"],
    ["language", (v) => v.language],
    ["worker", (v) => v.worker],
  ],
};

const nothing = { hands: "nothing", lanes: "empty, and no live worker serves any lane", workers: "none; start one with gavel serve", lost: "none", verdicts: "none yet" };

const cell = (kind, text, className) => {
  const made = document.createElement(kind);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

const fill = (id, rows) => {
  const columns = tables[id];
  const table = element(id);
  if (!table.tHead.rows.length) {
    const row = table.tHead.insertRow();
    for (const [heading, , className] of columns) {
      const head = cell("th", heading, className && className({}) === "number" ? "number" : "");
      head.scope = "col";
      row.append(head);
    }
  }
  const made = rows.map((of) => {
    const row = document.createElement("tr");
    columns.forEach(([, text, className], i) => {
      const one = cell(i ? "td" : "th", text(of), className && className(of));
      if (!i) one.scope = "row";
      row.append(one);
    });
    return row;
  });
  if (!made.length) {
    const row = document.createElement("tr");
    row.className = "none";
    const one = cell("td", nothing[id]);
    one.colSpan = columns.length;
    row.append(one);
    made.push(row);
  }
  table.tBodies[0].replaceChildren(...made);
};

const summary = (picture) => {
  const live = picture.workers.filter((w) => w.state === "ready" || w.state === "paused");
  const sum = (key) => live.reduce((all, w) => all + w[key], 0);
  const lost = picture.workers.filter((w) => w.state === "lost").length;
  const waiting = picture.lanes.reduce((all, l) => all + l.waiting, 0);
  return `${live.length} ${live.length === 1 ? "worker" : "workers"}${lost ? `, ${lost} lost` : ""}; ${sum("busy")} of ${sum("slots")} slots busy; ` +
    `${waiting} waiting; verdicts a minute: ${picture.verdicts_per_minute.toFixed(0)}`;
};

const order = (w) => (w.state === "ready" ? 1 : 0);

const draw = (picture) => {
  element("summary").textContent = summary(picture);
  document.title = `Gavel: ${picture.lanes.reduce((all, l) => all + l.waiting, 0)} waiting`;
  fill("hands", picture.in_hand);
  fill("lanes", picture.lanes);
  const isLost = (w) => w.state === "lost";
  const lost = picture.workers.filter(isLost);
  fill("workers", picture.workers.filter((w) => !isLost(w)).toSorted((a, b) => order(a) - order(b) || a.name.localeCompare(b.name)));
  fill("lost", lost);
  element("lost").closest("section").hidden = !lost.length;
  fill("verdicts", picture.verdicts);
};

// Only a change is told: a screen reader reads the state aloud.
const tell = (text) => {
  if (element("state").textContent !== text) element("state").textContent = text;
};

const source = new EventSource("pictures");
source.addEventListener("message", (event) => {
  tell("live");
  draw(JSON.parse(event.data));
});
source.addEventListener("trouble", (event) => tell(`not up to date: ${JSON.parse(event.data)}`));
source.addEventListener("error", () => tell("the worker does not answer; trying again ..."));
