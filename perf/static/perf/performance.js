/*
 * Draws the charts of the page "Performance" with Chart.js, which is fetched for the first of them. A canvas names by
 * data-performance a JSON script element: {kind: "lines" | "columns", labels, unit, share, series: [{name, values, colour}],
 * marks: [{bucket, text}]}. Panels come and go by htmx.
 */

const library = document.querySelector("meta[name=chart-library]");
const root = document.documentElement;
const locale = root.lang.startsWith("es") ? "es-PY" : "en";
const plain = new Intl.NumberFormat(locale, { useGrouping: "always", maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const drawn = new Map();

function colour(canvas, name) {
  return getComputedStyle(canvas).getPropertyValue(name).trim();
}

function font(size) {
  return { family: getComputedStyle(document.body).fontFamily, size };
}

/* What happened when: upright lines. */
const marks = {
  id: "marks",
  afterDatasetsDraw(chart, _args, options) {
    const { ctx, chartArea, scales } = chart;
    ctx.save();
    ctx.strokeStyle = options.colour;
    ctx.setLineDash([4, 3]);
    options.at.forEach((bucket) => {
      const x = scales.x.getPixelForValue(bucket);
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
    });
    ctx.restore();
  },
};

function datasets(canvas, data) {
  const columns = data.kind === "columns";
  return data.series.map((series) => {
    const tone = colour(canvas, `--line-${series.colour}`);
    return {
      label: series.name,
      data: series.values,
      backgroundColor: tone,
      borderColor: tone,
      borderWidth: columns ? 0 : 2,
      pointRadius: series.values.map((value, place) => (alone(series.values, place) ? 3 : 0)),
      pointHitRadius: 8,
      tension: 0,
    };
  });
}

/* A value between two gaps would be no line, and so unseen. */
function alone(values, place) {
  return values[place] !== null && (values[place - 1] ?? null) === null && (values[place + 1] ?? null) === null;
}

function draw(canvas) {
  const data = JSON.parse(document.getElementById(canvas.dataset.performance).textContent);
  const ink = colour(canvas, "--body-quiet-color");
  const line = colour(canvas, "--hairline-color");
  const say = (value) => (data.share ? percent.format(value) : `${plain.format(value)}${data.unit ? ` ${data.unit}` : ""}`);
  const stacked = data.kind === "columns";
  drawn.get(canvas)?.destroy();
  drawn.set(canvas, new window.Chart(canvas, {
    type: stacked ? "bar" : "line",
    data: { labels: data.labels, datasets: datasets(canvas, data) },
    plugins: [marks],
    options: {
      animation: false,
      maintainAspectRatio: false,
      locale,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked, grid: { display: false }, border: { color: line }, ticks: { color: ink, font: font(12), maxRotation: 0, autoSkipPadding: 16 } },
        y: { stacked, beginAtZero: true, suggestedMax: data.share ? 1 : undefined, grid: { color: line, drawTicks: false }, border: { display: false }, ticks: { color: ink, font: font(12), maxTicksLimit: 6, padding: 6, callback: say } },
      },
      plugins: {
        marks: { at: data.marks.map((mark) => mark.bucket), colour: colour(canvas, "--body-fg") },
        legend: { position: "top", align: "start", labels: { color: colour(canvas, "--body-fg"), font: font(13), boxWidth: 12, boxHeight: 12 } },
        tooltip: {
          callbacks: {
            label: (item) => `${item.dataset.label}: ${item.raw === null ? "–" : say(item.raw)}`,
            afterBody: ([item]) => data.marks.filter((mark) => mark.bucket === item?.dataIndex).map((mark) => mark.text),
          },
        },
      },
    },
  }));
  root.dataset.charts = String(drawn.size);
}

/* The file is no module, but defines what it is there for when it is run as one. */
const ready = () => import(library.content);

async function drawNew() {
  [...drawn.keys()].filter((canvas) => !canvas.isConnected).forEach((canvas) => {
    drawn.get(canvas).destroy();
    drawn.delete(canvas);
  });
  const canvases = [...document.querySelectorAll("canvas[data-performance]")].filter((canvas) => !drawn.has(canvas));
  if (!canvases.length) return;
  await ready();
  canvases.filter((canvas) => canvas.isConnected && !drawn.has(canvas)).forEach(draw);
}

/* Whoever reads a panel's table or holds the keyboard in it is not disturbed. */
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const panel = event.detail.elt;
  const ticked = event.detail.requestConfig.triggeringEvent === undefined || event.detail.requestConfig.triggeringEvent === null;
  if (!ticked || !panel.matches(".panel:not(.later)")) return;
  if (document.hidden || panel.querySelector("details[open]") || panel.contains(document.activeElement)) event.preventDefault();
});

document.body.addEventListener("htmx:afterSettle", drawNew);
const redraw = () => [...drawn.keys()].filter((canvas) => canvas.isConnected).forEach(draw);
new MutationObserver(redraw).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
drawNew();
