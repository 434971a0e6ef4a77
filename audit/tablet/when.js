// Days as people say them: today, in three days, two working days left.
import { state } from "./state.js";
import { dayOf, t } from "./strings.js";

const DAY = 86_400_000;

/** The business day now, by the server's clock. */
export const today = () => dayOf(Date.now() + state.clockOffset);

/** "today", "tomorrow", "in 3 days", "2 days ago": a day beside today. */
export function relativeDay(day, from = today()) {
  const days = Math.round((Date.parse(day) - Date.parse(from)) / DAY);
  if (days === 0) return t("today");
  if (days === 1) return t("tomorrow");
  if (days === -1) return t("yesterday");
  return days > 0 ? t("in {n} days", { n: days }) : t("{n} days ago", { n: -days });
}

/** {late, text} of an instant by which something is due: in working days, as far as the calendar is known here. */
export function dueIn(instant, now = Date.now() + state.clockOffset, worked = state.snapshot?.working_days ?? []) {
  const [day, here] = [dayOf(instant), dayOf(now)];
  const late = Date.parse(instant) < now;
  if (!late && day === here) return { late, text: t("due today") };
  const [first, last] = late ? [day, here] : [here, day];
  if (!worked.length || first < worked[0] || last > worked.at(-1)) return { late, text: late ? t("overdue") : "" };
  const count = worked.filter((one) => one > first && one <= last).length;
  if (late) return { late, text: !count ? t("overdue") : count === 1 ? t("1 working day overdue") : t("{n} working days overdue", { n: count }) };
  return { late, text: count === 1 ? t("1 working day left") : t("{n} working days left", { n: count }) };
}
