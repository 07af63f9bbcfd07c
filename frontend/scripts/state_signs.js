// A state's sign on the map has the shape of its badge, so that color never speaks alone. Closed ones are smaller: open ones are the news.

import { signOf } from "./map_colors.js";

const SIZE = { fixed: 5.5, not_fixed: 6, closed: 5.5 };

export const signRadius = (state) => SIZE[signOf(state)] ?? 7.5;

/** @param {CanvasRenderingContext2D} context */
export function drawSign(context, at, code, colors, scale = 1) {
  const state = signOf(code);
  const radius = signRadius(state) * scale;
  const tone = colors.states[state];
  const line = (...points) => {
    context.beginPath();
    points.forEach(([x, y], index) => context[index ? "lineTo" : "moveTo"](at.x + x * radius, at.y + y * radius));
    context.stroke();
  };
  context.lineWidth = 2;
  context.fillStyle = colors.surface;
  context.strokeStyle = tone;
  outline(context, at, radius, state);
  if (code === "fixed") context.fillStyle = tone; // filled only where the city showed evidence
  context.fill();
  context.stroke();
  if (state === "acknowledged") disc(context, at, radius * 0.4, tone);
  if (state === "in_progress") half(context, at, radius, tone);
  if (state === "scheduled") line([0, -0.5], [0, 0.05], [0.4, 0.3]);
  if (state === "waiting") line([-0.3, -0.45], [-0.3, 0.45]), line([0.3, -0.45], [0.3, 0.45]);
  if (state === "reopen_requested") line([0, -0.3], [0, 0.4]);
  if (state === "not_fixed") line([-0.4, -0.4], [0.4, 0.4]), line([-0.4, 0.4], [0.4, -0.4]);
  if (state === "closed") line([-0.45, 0], [0.45, 0]);
  if (code === "fixed") context.strokeStyle = colors.surface;
  if (state === "fixed") (context.lineWidth = 1.6), line([-0.45, 0.05], [-0.1, 0.4], [0.5, -0.35]);
}

function outline(context, at, radius, state) {
  const corners = {
    assigned: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]],
    scheduled: [[0, -1.1], [0.95, -0.55], [0.95, 0.55], [0, 1.1], [-0.95, 0.55], [-0.95, -0.55]],
    waiting: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
    reopen_requested: [[0, -1.2], [1.2, 0.95], [-1.2, 0.95]],
  }[state];
  context.beginPath();
  if (corners) {
    for (const [x, y] of corners) context.lineTo(at.x + x * radius, at.y + y * radius);
    context.closePath();
  } else {
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  }
}

function disc(context, at, radius, tone) {
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.fillStyle = tone;
  context.fill();
}

function half(context, at, radius, tone) {
  context.beginPath();
  context.arc(at.x, at.y, radius, -Math.PI / 2, Math.PI / 2);
  context.fillStyle = tone;
  context.fill();
}

/** A cell: a circle whose area grows with the number, its darker wedge the open share. */
export function drawCell(context, at, radius, open, closed, colors, locale) {
  const total = open + closed;
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.globalAlpha = 0.92;
  context.fillStyle = colors.surface;
  context.fill();
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(at.x, at.y, radius - 2, -Math.PI / 2, -Math.PI / 2 + (2 * Math.PI * open) / total);
  context.lineWidth = radius < 12 ? 3 : 4;
  context.strokeStyle = colors.brand;
  context.stroke();
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.lineWidth = 1.2;
  context.strokeStyle = colors.edge;
  context.stroke();
  const words = compact(total, locale);
  context.fillStyle = colors.ink;
  context.font = `650 ${radius < 15 ? 10.5 : 12.5}px ${colors.font}`;
  if (context.measureText(words).width > 2 * radius - 8) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(words, at.x, at.y + 0.5);
}

const compact = (n, locale) => new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: n < 10_000 ? 1 : 0 }).format(n);

/** Radius of a circle: its area grows with the number, and it stays well within its block so that neighbors keep apart. */
export function cellRadius(total, largest, blockPx) {
  const most = Math.min(30, Math.max(14, blockPx * 0.42));
  return 10 + (most - 10) * Math.sqrt(total / largest);
}
