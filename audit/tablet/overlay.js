// Arrows, boxes, texts and mosaics over a picture, as vectors in 0…1 of the upright picture.
import { html } from "./lib.js";

export const COLOURS = ["#e5342b", "#ffd400", "#1f9d63", "#ffffff"];

/**
 * Drawn with `preserveAspectRatio=none` over the picture in a 1000 × 1000 space when its size is not known (a tile,
 * where the picture is cut square), or in its own proportions (`width`, `height`) in the editor.
 */
export function Overlay({ shapes, mosaic, width = 1000, height = 1000, fit = "slice", selected = null }) {
  if (!shapes.length && !mosaic.length) return null;
  const unit = Math.max(width, height) / (fit === "slice" ? 45 : 100); // a tile is small: its strokes are bolder
  return html`<svg class="overlay" viewBox=${`0 0 ${width} ${height}`} preserveAspectRatio=${fit === "slice" ? "none" : "xMidYMid meet"} aria-hidden="true">
    ${fit === "slice" && mosaic.map((patch, n) => html`<rect key=${`m${n}`} x=${patch.x * width} y=${patch.y * height} width=${patch.w * width}
      height=${patch.h * height} fill="#8a8f8d" stroke="#fff" stroke-width=${unit / 2} stroke-dasharray="${unit * 2}" />`)}
    ${shapes.map((shape, n) => html`<${Shape} key=${n} shape=${shape} width=${width} height=${height} unit=${unit} chosen=${selected === n} />`)}</svg>`;
}

function Shape({ shape, width, height, unit, chosen }) {
  const [x1, y1, x2, y2] = [shape.x1 * width, shape.y1 * height, shape.x2 * width, shape.y2 * height];
  const line = { fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round", stroke: shape.colour, "stroke-width": unit * (chosen ? 1.3 : 0.8) };
  if (shape.type === "box") {
    return html`<g><rect x=${Math.min(x1, x2)} y=${Math.min(y1, y2)} width=${Math.abs(x2 - x1)} height=${Math.abs(y2 - y1)} rx=${unit / 2} ...${line} /></g>`;
  }
  if (shape.type === "arrow") {
    const angle = Math.atan2(y2 - y1, x2 - x1);
    const head = (turn) => `${x2 - Math.cos(angle + turn) * unit * 4},${y2 - Math.sin(angle + turn) * unit * 4}`;
    return html`<g><path d=${`M${x1},${y1} L${x2},${y2} M${head(0.45)} L${x2},${y2} L${head(-0.45)}`} ...${line} /></g>`;
  }
  return html`<text x=${x1} y=${y1} fill=${shape.colour} stroke="#10201a" stroke-width=${unit * 0.7} paint-order="stroke" font-size=${unit * 4.2}
    font-weight="700" dominant-baseline="middle">${shape.text}</text>`;
}
