// The same from a program, with this address and this name filled in.

function programsFor(model) {
  const origin = new URL(".", location.href).href.replace(/\/$/, ""), name = model.id;
  const curl = (route, body) => "curl " + origin + route + " \\\n  -H 'Content-Type: application/json' \\\n" + (tokenOf("reading") ? "  -H \"Authorization: Bearer $SEMASCOPE_TOKEN\" \\\n" : "") + "  -d '" + JSON.stringify(body) + "'";
  if (model.kind === "encoder")
    return [
      ["Python, with the openai package", pythonFor(origin, name)],
      ["Shell", curl("/v1/embeddings", { model: name, input: ["a text", "another"] })],
    ];
  if (model.kind === "index") return [["Shell", curl("/v1/search/" + encodeURIComponent(name), { query: "a question", k: 10 })]];
  const programs = [["Shell", curl("/v1/score/" + encodeURIComponent(name), { texts: ["a text", "another"] })]];
  if (model.learn === true) programs.push(["Shell, to teach it", curl("/v1/learn/" + encodeURIComponent(name), { text: "a text", score: 3, request_id: "your-own-id-of-this-request" }).replace("SEMASCOPE_TOKEN", "SEMASCOPE_LEARN_TOKEN")]);
  return programs;
}
function pythonFor(origin, name) {
  const key = tokenOf("reading") ? 'os.environ["SEMASCOPE_TOKEN"]' : '"none"';
  return [
    ...(tokenOf("reading") ? ["import os"] : []),
    "from openai import OpenAI",
    "",
    "client = OpenAI(base_url=" + JSON.stringify(origin + "/v1") + ", api_key=" + key + ")",
    "answer = client.embeddings.create(model=" + JSON.stringify(name) + ', input=["a text", "another"])',
    "vectors = [each.embedding for each in answer.data]",
  ].join("\n");
}
function programNode([title, code]) {
  const said = make("span", "facts", "");
  const copy = button("plain", "Copy", async () => {
    said.textContent = (await copied(code)) ? "copied" : "select and copy it by hand";
    announce(said.textContent);
  }, "Copy: " + title);
  const shown = make("pre", "", make("code", "", code));
  shown.tabIndex = 0;
  return make("div", "program", make("div", "row", make("h3", "", title), copy, said), shown);
}
tools.push({
  show(model) {
    at("program-routes").hidden = tokenOf("reading") !== ""; // a link carries no token
    at("program-list").replaceChildren(...programsFor(model).map(programNode));
  },
});
