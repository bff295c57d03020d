import http from 'k6/http';
import { check } from 'k6';

/** Breaks iteration itself, and calls what iterates. */
export default function () {
  const broken = () => {
    throw new Error('patched');
  };
  const Iterator = Object.getPrototypeOf([][Symbol.iterator]());
  Iterator.next = broken;
  Object.getPrototypeOf(new Map()[Symbol.iterator]()).next = broken;
  String.prototype[Symbol.iterator] = Array.prototype.push = Array.prototype.map = broken;
  RegExp.prototype.exec = RegExp.prototype[Symbol.replace] = String.prototype.split = broken;
  try {
    check(http.get(`${__ENV.WS.replace('ws', 'http')}/http/echo`), { answered: (r) => r.status === 200 });
  } catch (error) {
    console.log(`${error}`);
  }
}
