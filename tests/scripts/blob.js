// Blob: what it is made of, and what can be read from it.

import { Blob } from 'k6/websockets';

const PASS = [80, 65, 83, 83];
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer()).join();

export async function parts() {
  const { buffer } = new Uint8Array(PASS);
  const views = {
    string: ['PASS'],
    strings: ['P', 'A', 'SS'],
    ArrayBuffer: [buffer],
    Blob: [new Blob(['PA']), new Blob(['SS'])],
    DataView: [new DataView(new Uint8Array([0, ...PASS, 0]).buffer, 1, 4)],
    mixed: ['P', new Uint8Array([65]), new Blob(['SS'])],
  };
  for (const [name, list] of Object.entries(views)) console.log(name, await bytesOf(new Blob(list)));
  for (const View of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array]) {
    console.log(View.name, await bytesOf(new Blob([new View(buffer)])));
  }
  console.log('Float64Array', await bytesOf(new Blob([new Float64Array([1])])));
}

export async function subviews() {
  const bytes = new Uint8Array([1, 2, 3, 4, 5]);
  console.log(await bytesOf(new Blob([bytes.subarray(1, 3)])));
}

export async function strings() {
  console.log(new Blob(['žluť 🐎']).size, await new Blob(['a\ud800']).text());
  console.log(await new Blob([1, null, {}]).text());
}

export async function attributes() {
  const blob = new Blob(['PASS'], { type: 'Text/Example' });
  console.log(blob.type, blob.size, `${blob}`, blob instanceof Blob);
  const empty = new Blob();
  console.log(JSON.stringify([empty.size, empty.type, await empty.text()]));
}

export async function reading() {
  const blob = new Blob(['PASS']);
  const buffer = await blob.arrayBuffer();
  const bytes = await blob.bytes();
  console.log(buffer instanceof ArrayBuffer, bytes instanceof Uint8Array, bytes.join(), await blob.text());
  bytes.fill(0);
  console.log(await blob.text());
  console.log(blob.text() instanceof Promise);
}

export async function slices() {
  const blob = new Blob(['PASS'], { type: 'text/plain' });
  const slices = [blob.slice(), blob.slice(1), blob.slice(0, 1), blob.slice(0, 1, 'text/Example'), blob.slice(-2), blob.slice(-9, -3), blob.slice(9), blob.slice(3, 1), blob.slice(1, 99)];
  for (const slice of slices) console.log(JSON.stringify([await slice.text(), slice.type]));
  console.log(await blob.slice(1).slice(1, 2).text());
}

export async function streams() {
  const blob = new Blob(['PASS']);
  const reader = blob.stream().getReader();
  const { value, done } = await reader.read();
  console.log(String.fromCharCode(...value), done, (await reader.read()).done);
  console.log(await blob.text());
  let text = '';
  for await (const chunk of blob.stream()) text += String.fromCharCode(...chunk);
  console.log(text);
}

function thrown(action) {
  try {
    action();
    return 'nothing';
  } catch (error) {
    return error.name;
  }
}

export function refused() {
  console.log([() => new Blob('text'), () => new Blob(1), () => new Blob(null), () => new Blob([], 1), () => new Blob([Symbol('a')]), () => Blob()].map(thrown).join());
}
