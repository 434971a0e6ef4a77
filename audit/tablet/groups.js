// Under which word a visit stands in its team's list. The page "My visits" and the start page say the same (domain/visits.py).

export const DONE = new Set(["submitted", "accepted", "cancelled"]);

/** {today, coming, done}: lists of visits, by what the person has to do next. */
export function sorted(visits, today) {
  const groups = { today: [], coming: [], done: [] };
  for (const visit of [...visits].sort((a, b) => a.planned_on.localeCompare(b.planned_on) || a.id - b.id)) {
    if (DONE.has(visit.state)) groups.done.unshift(visit);
    else if (visit.planned_on > today && visit.state === "planned") groups.coming.push(visit);
    else groups.today.push(visit);
  }
  return groups;
}
