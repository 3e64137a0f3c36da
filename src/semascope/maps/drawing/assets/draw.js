// The points of all panels on one WebGL2 canvas: a viewport with a scissor for each panel, one buffer of places a
// panel, and one small buffer of marks (colour, shape, state) that they share.

const HIDDEN = 0, DIMMED = 1, SHOWN = 2, CHOSEN = 3;
const ONE_PASS_FROM = 300000; // points of all panels above which a depth test replaces blending and the second pass

// Two programs from one source: shapes with smooth edges, and plain dots for marks so small that no shape is seen.
const VERTEX = `
precision highp float;
in vec2 place;
in vec4 mark;
uniform vec2 middle;
uniform vec2 scale;
uniform float size;
uniform float pass; // 0: all but the chosen, 1: the chosen, 2: everything with a depth test
uniform vec4 dimmed;
flat out vec4 colour;
#ifdef SHAPES
flat out vec2 form; // shape, diameter
#endif
void main() {
  float bits = floor(mark.a * 255.0 + 0.5);
  float shape = floor(bits * 0.25);
  float state = bits - 4.0 * shape;
  bool drawn = state > 0.5 && place.x >= 0.0 && (pass > 1.5 || (pass > 0.5) == (state > 2.5));
  colour = state < 1.5 ? dimmed : vec4(mark.rgb, 1.0);
  float diameter = size;
#ifdef SHAPES
  diameter *= (state < 1.5 ? 0.85 : state > 2.5 ? 1.12 : 1.0) * (shape > 0.5 ? 1.2 : 1.0);
  form = vec2(shape, diameter);
#endif
  gl_PointSize = diameter;
  gl_Position = drawn ? vec4((place - middle) * scale, 0.8 - 0.25 * state, 1.0) : vec4(9.0, 9.0, 9.0, 1.0);
}`;

const FRAGMENT = `
precision mediump float;
flat in vec4 colour;
uniform float opacity;
out vec4 result;
#ifdef SHAPES
flat in vec2 form;
uniform vec3 paper;
uniform float rim; // pixels of paper around a mark, 0 for none
uniform bool solid;
float distanceTo(vec2 p, float shape) { // below 0 inside the shape, in halves of the diameter
  vec2 q = abs(p);
  if (shape < 0.5) return length(p) - 1.0;
  if (shape < 1.5) return max(q.x, q.y) - 0.78;
  if (shape < 2.5) return max(q.x * 0.875 + p.y * 0.483 - 0.483, -p.y - 0.72);
  if (shape < 3.5) return (q.x + q.y - 1.0) * 0.75;
  if (shape > 4.5) q = abs(vec2(p.x + p.y, p.x - p.y)) * 0.7071; // the cross, turned
  return max(min(q.x, q.y) - 0.34, max(q.x, q.y) - 0.92);
}
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float d = distanceTo(vec2(p.x, -p.y), form.x) * form.y * 0.5;
  if (solid) {
    if (d > 0.0) discard;
    result = vec4(colour.rgb, 1.0);
    return;
  }
  float strength = clamp(0.5 - d, 0.0, 1.0) * opacity * colour.a;
  vec3 shade = rim > 0.0 && colour.a > 0.9 ? mix(colour.rgb, paper, smoothstep(-rim - 0.5, -rim + 0.5, d)) : colour.rgb;
  result = vec4(shade * strength, strength);
}
#else
void main() {
  float strength = opacity * colour.a;
  result = vec4(colour.rgb * strength, strength);
}
#endif`;
const SMALL = 2.6; // device pixels of a mark below which it is a plain dot

function compile(gl, kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}

// Without a GPU, Chromium keeps showing only that part of a canvas that was in the window at first; a desynchronized
// one it shows whole. With a GPU that setting could tear, so it is asked for only where there is none.
function hasGpu() {
  const probe = document.createElement("canvas").getContext("webgl2");
  if (!probe) return false;
  const named = probe.getExtension("WEBGL_debug_renderer_info");
  const name = named ? probe.getParameter(named.UNMASKED_RENDERER_WEBGL) : "";
  const release = probe.getExtension("WEBGL_lose_context");
  if (release) release.loseContext();
  return !/swiftshader|llvmpipe|software|basic render/i.test(name);
}

// The renderer, or null where there is no WebGL2.
function rendererOn(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, desynchronized: !hasGpu(), powerPreference: "high-performance" });
  if (!gl) return null;
  let dots, shapes, arrays, markBuffer;
  const stateBytes = new Uint8Array(4 * count);

  function programOf(defines) {
    const program = gl.createProgram();
    const head = "#version 300 es\n" + defines;
    gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, head + VERTEX));
    gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, head + FRAGMENT));
    gl.bindAttribLocation(program, 0, "place");
    gl.bindAttribLocation(program, 1, "mark");
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    const uniforms = {};
    for (const name of ["middle", "scale", "size", "pass", "dimmed", "paper", "opacity", "rim", "solid"])
      uniforms[name] = gl.getUniformLocation(program, name);
    return { program, uniforms };
  }
  function setUp() {
    dots = programOf("");
    shapes = programOf("#define SHAPES\n");
    markBuffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, markBuffer);
    gl.bufferData(gl.ARRAY_BUFFER, stateBytes, gl.DYNAMIC_DRAW);
    arrays = places.map(each => {
      const array = gl.createVertexArray();
      gl.bindVertexArray(array);
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      // NaN may be anything in a shader: texts without a place stand at -1, which is never drawn
      gl.bufferData(gl.ARRAY_BUFFER, each.map(value => (value >= 0 ? value : -1)), gl.STATIC_DRAW);
      gl.enableVertexAttribArray(0);
      gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
      gl.bindBuffer(gl.ARRAY_BUFFER, markBuffer);
      gl.enableVertexAttribArray(1);
      gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 0, 0);
      return array;
    });
  }
  setUp();

  const shade = hex => rgb(hex).map(value => value / 255);

  // rects: {panel, left, top, width, height} in CSS pixels from the canvas's upper left corner.
  function draw(rects, ratio) {
    const colours = theme();
    const onePass = count * rects.length > ONE_PASS_FROM;
    const chosen = state.selectedItems.length > 0 || state.highlighted !== null;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    if (onePass) {
      gl.enable(gl.DEPTH_TEST);
      gl.depthFunc(gl.LESS);
      gl.disable(gl.BLEND);
    } else {
      gl.disable(gl.DEPTH_TEST);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    }
    for (const rect of rects) {
      const left = Math.round(rect.left * ratio), width = Math.round(rect.width * ratio), height = Math.round(rect.height * ratio);
      const bottom = gl.drawingBufferHeight - Math.round((rect.top + rect.height) * ratio);
      if (bottom + height < 0 || bottom > gl.drawingBufferHeight) continue;
      gl.viewport(left, bottom, width, height);
      gl.scissor(left, bottom, width, height);
      const view = state.views[rect.panel];
      const unit = unitOf(rect.width, rect.height, view);
      const size = pointSize(rect.width, rect.height, view.zoom) * ratio;
      const { program, uniforms } = size < SMALL ? dots : shapes;
      const opacity = onePass ? 1 : size > 4 * ratio ? 0.92 : 0.72;
      gl.useProgram(program);
      gl.uniform4f(uniforms.dimmed, ...shade(colours.dimmed), onePass ? 1 : 0.55);
      gl.uniform3fv(uniforms.paper, shade(colours.paper));
      gl.uniform1i(uniforms.solid, onePass ? 1 : 0);
      gl.uniform2f(uniforms.middle, view.x, view.y);
      gl.uniform2f(uniforms.scale, (2 * unit) / rect.width, (2 * unit) / rect.height);
      gl.uniform1f(uniforms.size, size);
      gl.uniform1f(uniforms.rim, size > 5 * ratio ? 0.7 * ratio : 0);
      gl.uniform1f(uniforms.opacity, opacity);
      gl.bindVertexArray(arrays[rect.panel]);
      gl.uniform1f(uniforms.pass, onePass ? 2 : 0);
      gl.drawArrays(gl.POINTS, 0, count);
      if (!onePass && chosen) {
        gl.uniform1f(uniforms.pass, 1);
        gl.uniform1f(uniforms.opacity, 1);
        gl.drawArrays(gl.POINTS, 0, count);
      }
    }
    gl.bindVertexArray(null);
  }

  function upload(marks) {
    const { selected, hidden, highlighted } = state;
    const some = state.selectedItems.length > 0;
    const colouring = currentColouring();
    const codes = colouring && colouring.kind === "labels" ? colouring.codes : null;
    const look = codes && (hidden.size > 0 || highlighted !== null);
    stateBytes.set(marks);
    for (let i = 0; i < count; i++) {
      let how = some ? (selected[i] ? CHOSEN : DIMMED) : SHOWN;
      if (look) {
        if (hidden.has(codes[i])) how = HIDDEN;
        else if (highlighted !== null) how = codes[i] === highlighted ? CHOSEN : DIMMED;
      }
      stateBytes[4 * i + 3] = how + 4 * marks[4 * i + 3];
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, markBuffer);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, stateBytes);
  }

  return { draw, upload, setUp, finish: () => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)) };
}

// The diameter of a mark in CSS pixels: smaller where there are many, larger the closer the view.
function pointSize(width, height, zoom) {
  const room = unitOf(width, height, WHOLE) * Math.sqrt(SPAN.x * SPAN.y);
  const least = count > 200000 ? 1 : 1.5;
  const whole = Math.min(9, Math.max(least, (0.56 * room) / Math.sqrt(count)));
  return Math.min(Math.max(whole, 11), whole * Math.pow(zoom, 0.3));
}
