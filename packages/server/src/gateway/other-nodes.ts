/** The other nodes of the service, as one hub sees them through the broker. */
import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { nodeIdOf } from './connection-id.ts';
import { subjectWord } from './groups.ts';
import {
  type ConnectionInfo,
  decodeOperation,
  encodeOperation,
  type Operation,
  type Question,
  type Target,
} from './operations.ts';

/** A node on the same network answers in milliseconds; one that does not is away. */
const ANSWER_MS = 1_000;

interface Asked {
  readonly resolve: (connection: ConnectionInfo | undefined) => void;
  readonly cancel: () => void;
}

export interface OtherNodesOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly hub: string;
  readonly nodeId: string;
  /** Does here what another node has asked for; for a question, gives the answer. */
  readonly apply: (operation: Operation) => ConnectionInfo | undefined;
}

export class OtherNodes {
  readonly #options: OtherNodesOptions;
  readonly #prefix: string;
  readonly #asked = new Map<number, Asked>();
  readonly #stops: (() => void)[];
  /** Of groups with members here: hashing a name takes as long as sending a message. */
  readonly #groupSubjects = new Map<string, string>();
  #number = 0;

  constructor(options: OtherNodesOptions) {
    this.#options = options;
    this.#prefix = `gateway.${subjectWord(options.hub.toLowerCase())}`;
    this.#stops = [this.#listen(this.#subject('all')), this.#listen(this.#subject(`node.${options.nodeId}`))];
  }

  /** Hears what is meant for a group while it has members here. */
  listenToGroup(group: string): () => void {
    const subject = this.#subjectOfGroup(group);
    this.#groupSubjects.set(group, subject);
    const stop = this.#listen(subject);
    return () => {
      this.#groupSubjects.delete(group);
      stop();
    };
  }

  /** Lets the nodes that hold a target do something. */
  tell(operation: Operation & { readonly to: Target }): void {
    this.#publish(this.#subjectOf(operation.to), operation);
  }

  /**
   * Asks the node that holds a connection.
   * @returns the connection afterwards; undefined when there is none
   * @throws DomainError unavailable when the node does not answer
   */
  ask(question: Question): Promise<ConnectionInfo | undefined> {
    const { clock, nodeId } = this.#options;
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      const cancel = clock.at(clock.now() + ANSWER_MS, () => {
        this.#asked.delete(number);
        const message = 'The node that holds this connection does not answer.';
        reject(new DomainError('unavailable', message, { retryAfterSeconds: 1 }));
      });
      this.#asked.set(number, { resolve, cancel });
      this.#publish(this.#subject(`node.${nodeIdOf(question.connectionId)}`), {
        do: 'ask',
        question,
        asker: nodeId,
        number,
      });
    });
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    for (const { resolve, cancel } of this.#asked.values()) {
      cancel();
      resolve(undefined);
    }
    this.#asked.clear();
  }

  #subjectOf(to: Target): string {
    if (to.kind === 'group') return this.#groupSubjects.get(to.group) ?? this.#subjectOfGroup(to.group);
    // Messages to users are few: a subject for each user would cost every idle connection a subscription.
    return this.#subject(to.kind === 'connection' ? `node.${nodeIdOf(to.connectionId)}` : 'all');
  }

  #subjectOfGroup(group: string): string {
    return this.#subject(`group.${subjectWord(group)}`);
  }

  #subject(words: string): string {
    return `${this.#prefix}.${words}`;
  }

  #publish(subject: string, operation: Operation): void {
    this.#options.broker.publish(subject, () => encodeOperation(operation));
  }

  #listen(subject: string): () => void {
    return this.#options.broker.subscribe(subject, (bytes) => this.#hear(decodeOperation(bytes)));
  }

  #hear(operation: Operation): void {
    if (operation.do === 'answer') {
      const asked = this.#asked.get(operation.number);
      this.#asked.delete(operation.number);
      asked?.cancel();
      asked?.resolve(operation.connection ?? undefined);
      return;
    }
    const connection = this.#options.apply(operation) ?? null;
    if (operation.do !== 'ask') return;
    this.#publish(this.#subject(`node.${operation.asker}`), { do: 'answer', number: operation.number, connection });
  }
}
