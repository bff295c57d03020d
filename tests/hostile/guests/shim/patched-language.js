import { check } from 'k6';
import { WebSocket } from 'k6/websockets';

/** Replaces what the language offers once a socket is open. */
export default function () {
  const socket = new WebSocket(`${__ENV.WS}/echo`);
  const seen = (what) => check(true, { [what]: true });
  const broken = () => {
    throw new Error('patched');
  };
  const patchAll = (prototype) => {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value === 'function' && name !== 'constructor') prototype[name] = broken;
    }
  };
  socket.onopen = () => {
    Object.prototype.evil = 'everywhere';
    JSON.parse = JSON.stringify = Object.keys = Math.max = broken;
    for (const Class of [Map, Set, WeakMap, Promise, Array]) patchAll(Class.prototype);
    Array.prototype[Symbol.iterator] = Function.prototype.call = broken;
    Function.prototype.apply = Function.prototype.bind = broken;
    socket.send('hello');
  };
  socket.onmessage = () => {
    seen('message');
    setTimeout(() => {
      seen('timer');
      socket.close();
    }, 1);
  };
  socket.addEventListener('close', () => seen('close'));
}
