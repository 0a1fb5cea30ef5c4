import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { eventually } from '../eventually.js';

const protocol = protobuf.loadSync(fileURLToPath(new URL('./trace.proto', import.meta.url)));
const Request = protocol.lookupType('ExportTraceServiceRequest');

type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: there is none. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'INTERNAL' | 'SERVER' | 'CLIENT';
  readonly attributes: Attributes;
  readonly failed: boolean;
  /** What the process says of itself. */
  readonly resource: Attributes;
}

export interface OtlpReceiver {
  readonly url: string;
  /** All that has come. */
  readonly spans: readonly ReceivedSpan[];
  /** The bodies as they came. */
  readonly bodies: readonly Buffer[];
  readonly requests: readonly Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
  /** The spans of a trace, once there is one that this is true of. */
  trace(isIt: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan[]>;
  close(): Promise<void>;
}

export type Answer = (reply: ServerResponse) => void;

/** A collector's endpoint for traces (OTLP over HTTP, protobuf), which answers as it is told. */
export async function startOtlpReceiver({ port = 0, answer = accept } = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer((request, reply) => {
    requests.push(request);
    void bodyOf(request).then((body) => {
      bodies.push(body);
      spans.push(...read(body));
      answer(reply);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    requests,
    async trace(isIt) {
      const found = await eventually(() => Promise.resolve(spans.find(isIt)), Boolean);
      return spans.filter((span) => span.traceId === found?.traceId);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function accept(reply: ServerResponse): void {
  reply.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly code: number } | null;
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number | boolean>>;
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT'];
const STATUS_ERROR = 2;

function read(body: Buffer): ReceivedSpan[] {
  const sent = Request.toObject(Request.decode(body), { longs: Number, arrays: true, defaults: true }) as Sent;
  return sent.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        traceId: span.traceId.toString('hex'),
        spanId: span.spanId.toString('hex'),
        parentSpanId: span.parentSpanId.toString('hex'),
        name: span.name,
        kind: KINDS[span.kind] as ReceivedSpan['kind'],
        attributes: byKey(span.attributes),
        failed: span.status?.code === STATUS_ERROR,
        resource: byKey(resource.attributes),
      })),
  );
}

function byKey(attributes: readonly KeyValue[]): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]!]));
}
