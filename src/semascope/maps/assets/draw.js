// The points of all panels on one WebGL2 canvas: a viewport with a scissor for each panel, one buffer of places a
// panel, and one small buffer of marks (colour, shape, state) that they share.

const HIDDEN = 0, DIMMED = 1, SHOWN = 2, CHOSEN = 3;
const ONE_PASS_FROM = 300000; // points of all panels above which a depth test replaces blending and the second pass

const VERTEX = `#version 300 es
precision highp float;
in vec2 place;
in vec4 mark;
uniform vec2 middle;
uniform vec2 scale;
uniform float size;
uniform float pass; // 0: all but the chosen, 1: the chosen, 2: everything with a depth test
uniform vec3 dimmed;
out vec4 colour;
flat out float shape;
flat out float diameter;
void main() {
  float bits = floor(mark.a * 255.0 + 0.5);
  float state = mod(bits, 4.0);
  shape = floor(bits / 4.0);
  bool drawn = state > 0.5 && place.x >= 0.0 && (pass > 1.5 || (pass > 0.5) == (state > 2.5));
  colour = state < 1.5 ? vec4(dimmed, 0.0) : vec4(mark.rgb, 1.0);
  diameter = size * (state < 1.5 ? 0.85 : state > 2.5 ? 1.12 : 1.0) * (shape > 0.5 ? 1.2 : 1.0);
  gl_PointSize = diameter;
  gl_Position = drawn ? vec4((place - middle) * scale, state < 1.5 ? 0.8 : state > 2.5 ? 0.2 : 0.5, 1.0) : vec4(9.0, 9.0, 9.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 colour;
flat in float shape;
flat in float diameter;
uniform vec3 paper;
uniform float opacity;
uniform float rim; // pixels of paper around a mark, 0 for none
uniform bool solid;
out vec4 result;
float distanceTo(vec2 p) { // below 0 inside the shape, in halves of the diameter
  vec2 q = abs(p);
  if (shape < 0.5) return length(p) - 1.0;
  if (shape < 1.5) return max(q.x, q.y) - 0.78;
  if (shape < 2.5) return max(q.x * 0.875 + p.y * 0.483 - 0.483, -p.y - 0.72);
  if (shape < 3.5) return (q.x + q.y - 1.0) * 0.75;
  return max(min(q.x, q.y) - 0.34, max(q.x, q.y) - 0.92);
}
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float d = distanceTo(vec2(p.x, -p.y)) * diameter * 0.5;
  if (solid) {
    if (d > 0.0 && diameter > 2.5) discard;
    result = vec4(colour.rgb, 1.0);
    return;
  }
  float cover = diameter < 2.5 ? 1.0 : clamp(0.5 - d, 0.0, 1.0);
  float strength = cover * (colour.a < 0.5 ? opacity * 0.55 : opacity);
  vec3 shade = rim > 0.0 && colour.a > 0.5 ? mix(colour.rgb, paper, smoothstep(-rim - 0.5, -rim + 0.5, d)) : colour.rgb;
  result = vec4(shade * strength, strength);
}`;

function compile(gl, kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}

// The renderer, or null where there is no WebGL2.
function rendererOn(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: true, premultipliedAlpha: true, powerPreference: "high-performance" });
  if (!gl) return null;
  let program, uniforms, arrays, markBuffer;
  const stateBytes = new Uint8Array(4 * count);

  function setUp() {
    program = gl.createProgram();
    gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.bindAttribLocation(program, 0, "place");
    gl.bindAttribLocation(program, 1, "mark");
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    uniforms = {};
    for (const name of ["middle", "scale", "size", "pass", "dimmed", "paper", "opacity", "rim", "solid"])
      uniforms[name] = gl.getUniformLocation(program, name);
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
    gl.useProgram(program);
    gl.uniform3fv(uniforms.dimmed, shade(colours.dimmed));
    gl.uniform3fv(uniforms.paper, shade(colours.paper));
    gl.uniform1i(uniforms.solid, onePass ? 1 : 0);
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
      gl.uniform2f(uniforms.middle, view.x, view.y);
      gl.uniform2f(uniforms.scale, (2 * unit) / rect.width, (2 * unit) / rect.height);
      gl.uniform1f(uniforms.size, size);
      gl.uniform1f(uniforms.rim, size > 4.5 * ratio ? 0.8 * ratio : 0);
      gl.uniform1f(uniforms.opacity, size > 4 * ratio ? 0.92 : 0.72);
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
  const room = Math.min(width, height) * FILLED;
  const least = count > 200000 ? 1 : 1.5;
  const whole = Math.min(7.5, Math.max(least, (0.42 * room) / Math.sqrt(count)));
  return Math.min(Math.max(whole, 11), whole * Math.pow(zoom, 0.3));
}
