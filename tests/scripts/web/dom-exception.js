// DOMException. https://webidl.spec.whatwg.org/#idl-DOMException

import { equal, runAll, throws, throwsDOM } from './subtests.js';

const NAMES = { IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5, NoModificationAllowedError: 7, NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10, InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14, InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20, URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25, EncodingError: 0, NotReadableError: 0, UnknownError: 0, ConstraintError: 0, DataError: 0, OperationError: 0, NotAllowedError: 0, Error: 0, mine: 0 };

export const exceptions = () => runAll(function* () {
  for (const [name, code] of Object.entries(NAMES)) yield [`the code of ${name}`, () => equal(new DOMException('', name).code, code)];
  yield ['defaults', () => {
    const exception = new DOMException();
    equal([exception.name, exception.message, exception.code, `${exception}`], ['Error', '', 0, 'Error']);
    equal([new DOMException(undefined, undefined).name, new DOMException(null, null).message, new DOMException(null, null).name], ['Error', 'null', 'null']);
  }];
  yield ['it is an error with a stack', () => {
    const exception = new DOMException('m', 'n');
    equal([exception instanceof Error, exception instanceof DOMException, typeof exception.stack, `${exception}`], [true, true, 'string', 'n: m']);
    equal(exception.stack.includes('dom-exception.js'), true);
    equal(Error.isError(exception), true);
  }];
  yield ['name and message cannot be changed', () => {
    const exception = new DOMException('m', 'n');
    throws(TypeError, () => { exception.name = 'x'; });
    throws(TypeError, () => { exception.message = 'x'; });
    equal([Object.hasOwn(exception, 'name'), Object.hasOwn(exception, 'message')], [false, false]);
  }];
  yield ['symbols', () => throws(TypeError, () => new DOMException(Symbol('s')))];
  yield ['a class of the script', () => {
    class Mine extends DOMException {
      extra = 1;
    }
    const mine = new Mine('m', 'AbortError');
    equal([mine.code, mine.extra, mine instanceof Mine, mine instanceof Error], [20, 1, true, true]);
  }];
  yield ['what a QuotaExceededError tells', () => {
    const exception = new QuotaExceededError('m', { requested: 3, quota: '2' });
    equal([exception.name, exception.message, exception.code, exception.quota, exception.requested], ['QuotaExceededError', 'm', 22, 2, 3]);
    equal([exception instanceof DOMException, Error.isError(exception), `${exception}`], [true, true, 'QuotaExceededError: m']);
    const empty = new QuotaExceededError();
    equal([empty.message, empty.quota, empty.requested, new QuotaExceededError('', null).quota], ['', null, null, null]);
  }];
  yield ['what a QuotaExceededError cannot tell', () => {
    for (const options of [{ quota: -1 }, { requested: -1 }, { quota: 2, requested: 1 }]) throws(RangeError, () => new QuotaExceededError('', options));
    for (const options of [{ quota: NaN }, { requested: Infinity }, 1]) throws(TypeError, () => new QuotaExceededError('', options));
  }];
  yield ['the web throws them', () => throwsDOM('InvalidCharacterError', () => atob('*'))];
});
