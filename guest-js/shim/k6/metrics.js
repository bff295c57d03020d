// k6/metrics: metrics of the script's own.

import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import { defineProperty, isNotANumber } from 'wasock:primordials';
import { throwsOnFailure } from 'wasock:runtime-options';
import { toTags } from 'wasock:tags';
import { inInit } from 'wasock:turn';

const { Number: toNumberValue, String: toStringValue } = globalThis;

function declare(name, kind, isTime) {
  if (!inInit()) throw new GoError('metrics must be declared in the init context');
  try {
    return native.declare(name, kind, isTime ? 'time' : 'default');
  } catch (error) {
    throw new GoError(error.message);
  }
}

/** A value as a number; NaN if the metric cannot take it. */
function toSample(value) {
  if (value === null || value === undefined || typeof value === 'symbol') return Number.NaN;
  return toNumberValue(value);
}

class Metric {
  #id;

  constructor(kind, name, isTime) {
    const text = toStringValue(name);
    this.#id = declare(text, kind, isTime);
    defineProperty(this, 'name', { value: text, enumerable: true });
  }

  /** Adds a value, a number or a boolean. Returns whether it was one. */
  add(value, tags = undefined) {
    if (inInit()) throw new GoError('adding to metrics in the init context is not supported');
    const sample = toSample(value);
    if (isNotANumber(sample)) {
      const text = `'${toStringValue(value)}' is an invalid value for metric '${this.name}', a number or a boolean value is expected`;
      if (throwsOnFailure()) throw new GoError(text);
      native.log('warn', 'runtime', text);
      return false;
    }
    native.add(this.#id, sample, toTags(tags));
    return true;
  }
}

/** Adds its values up. */
export class Counter extends Metric {
  constructor(name, isTime = false) {
    super('counter', name, isTime);
  }
}

/** Keeps the last, the smallest and the largest value. */
export class Gauge extends Metric {
  constructor(name, isTime = false) {
    super('gauge', name, isTime);
  }
}

/** Keeps the share of its values that are not 0. */
export class Rate extends Metric {
  constructor(name, isTime = false) {
    super('rate', name, isTime);
  }
}

/** Keeps the distribution of its values. */
export class Trend extends Metric {
  constructor(name, isTime = false) {
    super('trend', name, isTime);
  }
}

export default { Counter, Gauge, Rate, Trend };
