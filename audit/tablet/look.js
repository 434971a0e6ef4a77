// Looks now and then at what team mates did, while there is a link and the page is seen.
import { useEffect } from "./lib.js";
import { keepThumbnails } from "./photo.js";
import { assignmentBook, refresh, refreshAssignment, refreshVisit, visitBook } from "./state.js";
import { link } from "./sync.js";

const OFTEN = 8_000; // ms, where one visit or one meeting is open
const SELDOM = 60_000; // ms, in the list of visits

function useLook(look, pause, key) {
  useEffect(() => {
    const now = () => {
      if (document.hidden || !["ok", "sending"].includes(link.status)) return;
      look().catch((error) => console.info(error.name)); // the sender tells about the link
    };
    if (pause === OFTEN) now();
    const timer = setInterval(now, pause);
    return () => clearInterval(timer);
  }, [key]);
}

/** A visit (null: none is open) and its assignment, with the record of the meeting. */
export function useTeamMates(visitId, assignmentId) {
  useLook(async () => {
    await refreshAssignment(assignmentId);
    if (visitId !== null) await refreshVisit(visitId);
    for (const book of [assignmentBook(assignmentId), visitBook(visitId)]) {
      if (book) await keepThumbnails(book.store, book.receipts.keys());
    }
  }, OFTEN, `${visitId}/${assignmentId}`);
}

/** Everything, as at the start. */
export const useNews = () => useLook(refresh, SELDOM, "list");
