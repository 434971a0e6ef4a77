// The score, exactly as audit/domain/scoring.py counts it: BigInt fractions, rounded once, half-up, two places.
import { visibleCodes } from "./conditions.js";

const WORTH = { pass: [1n, 1n], partial: [1n, 2n], fail: [0n, 1n] };
const CAP = [5999n, 100n];

const gcd = (a, b) => (b ? gcd(b, a % b) : a);
const reduced = (n, d) => {
  const by = gcd(n, d) || 1n;
  return [n / by, d / by];
};
const add = ([a, b], [c, d]) => reduced(a * d + c * b, b * d);
const times = ([a, b], [c, d]) => reduced(a * c, b * d);
const over = ([a, b], [c, d]) => reduced(a * d, b * c);
const less = ([a, b], [c, d]) => a * d < c * b;

/** "92.35": a fraction ≥ 0 rounded half-up to so many places. */
export function rounded([n, d], places = 2) {
  const scale = 10n ** BigInt(places);
  const digits = String((2n * scale * n + d) / (2n * d)).padStart(places + 1, "0");
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** A section's rate as a fraction; null when nothing in it is rated pass, partial or fail for points. */
function rateOf(section, ratings, shown) {
  let possible = 0n;
  let gained = [0n, 1n];
  for (const item of section.items) {
    const worth = shown.has(item.code) ? WORTH[ratings[item.code]] : undefined;
    if (!worth) continue;
    possible += BigInt(item.points);
    gained = add(gained, times([BigInt(item.points), 1n], worth));
  }
  return possible > 0n ? over(gained, [possible, 1n]) : null;
}

/** The raw total as a fraction of 100, or null when no section applies. */
function totalOf(checklist, rates) {
  let weights = 0n;
  let sum = [0n, 1n];
  checklist.sections.forEach(({ weight }, n) => {
    if (rates[n] === null) return;
    weights += BigInt(weight);
    sum = add(sum, times([BigInt(weight), 1n], rates[n]));
  });
  return weights > 0n ? times([100n, 1n], over(sum, [weights, 1n])) : null;
}

/** The score of these ratings (item code → rating or null), in the shape of `Score.to_json()`. */
export function score(checklist, ratings) {
  const shown = visibleCodes(checklist, ratings);
  const items = checklist.sections.flatMap((section) => section.items).filter((item) => shown.has(item.code));
  const having = (fits) => items.filter((item) => fits(ratings[item.code] ?? null, item)).map((item) => item.code);
  const points = (list) => list.reduce((sum, item) => sum + item.points, 0);
  const rates = checklist.sections.map((section) => rateOf(section, ratings, shown));
  const exact = totalOf(checklist, rates);
  const capped_by = having((rating, item) => rating === "fail" && item.critical);
  const later = having((rating) => rating === "later");
  const all = points(items);
  const na = points(items.filter((item) => ratings[item.code] === "na"));
  const total = exact && rounded(capped_by.length && less(CAP, exact) ? CAP : exact);
  return {
    total,
    raw: exact && rounded(exact),
    grade: grade(total),
    sections: Object.fromEntries(checklist.sections.map(({ code }, n) => [code, rates[n] && rounded(rates[n], 4)])),
    capped_by,
    provisional: [...(5 * na > all ? ["na"] : []), ...(later.length ? ["later"] : [])],
    unanswered: having((rating) => !rating),
    later,
    points: all,
    na_points: na,
    items: items.length,
  };
}

/** The grade of a total as it is shown; empty without one. */
export function grade(total) {
  if (!total) return "";
  const value = Number(total);
  return value >= 95 ? "excellent" : value >= 85 ? "good" : value >= 75 ? "qualified" : "failed";
}

/** {section code: {answered, asked}} over the items that are shown. */
export function progress(checklist, ratings, shown) {
  return Object.fromEntries(checklist.sections.map(({ code, items }) => {
    const asked = items.filter((item) => shown.has(item.code));
    return [code, { asked: asked.length, answered: asked.filter((item) => ratings[item.code]).length }];
  }));
}

/** "92.4" for a rate of "0.9235": for the narrow places of the screen. */
export const percent = (rate) => (rate === null ? null : `${Math.round(Number(rate) * 1000) / 10}%`);

/** Whether a failed critical item holds the total down. */
export const isCapped = (result) => result.capped_by.length > 0 && result.raw !== result.total;
