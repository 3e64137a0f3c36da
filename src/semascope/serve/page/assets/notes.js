// What the service has to say of an answer besides it: all of that, the first few at once.

const NOTES_AT_ONCE = 3;

function noted(toldId, notes) {
  const place = at(toldId + "-notes"), lines = notes.map(note => make("p", "fineprint", sentence(note)));
  if (!place) return;
  const more = lines.splice(NOTES_AT_ONCE);
  place.replaceChildren(...lines);
  if (more.length) place.append(make("details", "rest", make("summary", "", "And " + count(more.length, "more note")), ...more));
  place.hidden = !lines.length;
  if (lines.length) announce([at(toldId).textContent, place.innerText].join(" "));
}
// A part of a list counts its texts from 0; in words they count from 1, over the whole list.
function renumbered(note, start) {
  const moved = number => String(Number(number) + start + 1);
  return note
    .replace(/\b(rows?) (\d+(?:, \d+)*)/g, (_, rows, listed) => rows.replace("row", "number") + " " + listed.replace(/\d+/g, moved))
    .replace(/\binput\[(\d+)\]/g, (_, number) => "number " + moved(number));
}
// Notes of the parts of a list, each with the texts that it speaks of; how many scores lie outside of the range is counted
// anew, over all parts.
const OF_RANGE = "the range that was learnt from";
function notesOfParts(parts, scores, range) {
  const label = ({ start, size }) => (parts.length > 1 ? "Numbers " + group.format(start + 1) + " to " + group.format(start + size) + ": " : "");
  const all = parts.flatMap(part => part.notes.map(note => label(part) + renumbered(note, part.start)));
  const outside = range ? scores.filter(score => score < range[0] || score > range[1]).length : 0;
  if (parts.length < 2 || !outside || !all.some(note => note.includes(OF_RANGE))) return all;
  const decimals = decimalsFor(range[1] - range[0]);
  const counted = group.format(outside) + " of " + count(scores.length, "score") + (outside === 1 ? " lies" : " lie") + " outside " + fixed(range[0], decimals) + " to " + fixed(range[1], decimals) + ", " + OF_RANGE + "; they were not cut to it";
  return [counted, ...all.filter(note => !note.includes(OF_RANGE))];
}
