/** Planted bugs in what an answer, or a record without a value, means. */
import type { Mutant } from './mutant.ts';

const deliverChunk = 'functions/send-chunk/deliver-chunk.ts';
const fate = 'shared/domain/response/fate.ts';
const judge = 'shared/domain/response/judge.ts';

export const answerMutants: readonly Mutant[] = [
  {
    name: 'a value that went away is left out, whatever the destination says',
    file: 'shared/domain/template/operations.ts',
    find: "return isSaid ? `${name}${JSON.stringify(whenEmpty)},` : '';",
    replace: "return '';",
  },
  {
    name: 'nobody is told of values that the platform was not told to drop',
    file: 'shared/domain/plan/planner.ts',
    find: 'if (mirror && old.length === 0) this.#noteUncleared(mirror.record, record);',
    replace: '',
  },
  {
    name: 'later, said with a status of its own, counts as a refusal',
    file: judge,
    find: 'const wait = retry && (await this.#wait(retry));',
    replace:
      'const wait = retry && this.#answer.status === 0 ? await this.#wait(retry) : undefined;',
  },
  {
    name: 'a 403 that names a wait stops the run',
    file: fate,
    find: 'if (status === 403 && waitMs !== undefined) {',
    replace: 'if (status === 403 && waitMs === -1) {',
  },
  {
    name: 'a 403 means the credentials, whoever was accepted before',
    file: 'functions/send-chunk/acceptance.ts',
    find: "return this.#isNoted ? 'records' : 'unknown';",
    replace: "return 'credentials';",
  },
  {
    name: 'a 403 before anybody was accepted stops the run at once',
    file: 'functions/send-chunk/acceptance.ts',
    find: "return this.#isNoted ? 'records' : 'unknown';",
    replace: "return this.#isNoted ? 'records' : 'credentials';",
  },
  {
    name: 'removals of several, one of them unknown, are refused together',
    file: deliverChunk,
    find: 'isOfPlace(tried.status) && !isMissed && !isLacking;',
    replace: 'isOfPlace(tried.status);',
  },
  {
    name: 'the removal of somebody unknown is refused',
    file: deliverChunk,
    find: 'isDelete && delivery.deleteMissingIsDelivered && composed.sent === 1;',
    replace: 'isDelete && delivery.deleteMissingIsDelivered && composed.sent === 0;',
  },
  {
    name: 'an insert of somebody who is there is refused',
    file: deliverChunk,
    find: 'status === 409 &&',
    replace: 'status === 499 &&',
  },
  {
    name: 'a name that several records have means the first of them',
    seed: 700,
    file: 'shared/domain/response/named-records.ts',
    find: 'else if (known.at(-1) !== index) known.push(index);',
    replace: '',
  },
  {
    name: 'of a refusal that names records the others count as delivered',
    file: deliverChunk,
    find: 'if (this.#requests.withoutNamed(request.range, fault, tried)) return settled;',
    replace:
      "if (this.#requests.withoutNamed(request.range, fault, tried)) return this.#settle({ ...request, composed: this.#maker.compose(request.range) }, 'delivered', undefined, tried);",
  },
  {
    name: 'the rest of a request bears the name of the whole',
    file: 'functions/send-chunk/request-maker.ts',
    find: 'account.hasNamed(range) ? account.openIn(range) : undefined',
    replace: 'undefined',
  },
  {
    name: 'an answer that was cut is read as if it were whole',
    file: 'shared/domain/response/document.ts',
    find: "if (answer.truncated) throw new Refused('truncated');",
    replace: '',
  },
  {
    name: 'compressed answers are not decoded',
    file: 'shared/http/decoded-answer.ts',
    find: 'const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;',
    replace: 'const decode = Object.hasOwn(decoders, `${name}!`) ? decoders[name] : undefined;',
  },
  {
    name: 'JSON that is called otherwise is not read',
    file: 'shared/domain/response/document.ts',
    find: 'const body = bodyOf(answer.body);',
    replace:
      "const body = answer.headers['content-type'] === 'text/html' ? '' : bodyOf(answer.body);",
  },
  {
    name: 'any page that is answered with 200 is a success',
    file: judge,
    find: 'const succeeded = success ? await this.#succeeded(success) : true;',
    replace: 'const succeeded = ((): boolean | string => true)();',
  },
];
