// Which languages an encoder was made for, and texts whose letters are of none of them.

const LETTERS_OF = { Jpan: ["Hira", "Kana", "Hani"], Kore: ["Hang", "Hani"], Hans: ["Hani"], Hant: ["Hani"] };

function languageWords({ languages }) {
  const names = new Intl.DisplayNames(["en"], { type: "language" });
  return languages.length > 3 ? count(languages.length, "language") : languages.map(code => names.of(code)).join(", ");
}
function foreignNotes(model, texts) {
  const own = model.languages?.length ? lettersOf(model.languages) : null;
  const foreign = own ? texts.filter(text => isForeign(text, own)).length : 0;
  if (!foreign) return [];
  const which = texts.length === 1 ? "this text" : group.format(foreign) + " of " + count(texts.length, "text");
  return ["What " + (model.encoder || model.id) + " makes of " + which + " means little: it was made for " + languageWords(model) + ", not for such letters"];
}
// One letter of theirs; null where that cannot be told, and then nothing is said.
function lettersOf(languages) {
  try {
    const scripts = languages.map(code => new Intl.Locale(code).maximize().script).flatMap(script => LETTERS_OF[script] || [script]);
    return new RegExp("[" + [...new Set(scripts)].map(script => "\\p{scx=" + script + "}").join("") + "]", "u");
  } catch (error) {
    return null;
  }
}
function isForeign(text, own) {
  const letters = text.match(/\p{L}/gu) || [];
  return letters.length > 2 * letters.filter(letter => own.test(letter)).length;
}
