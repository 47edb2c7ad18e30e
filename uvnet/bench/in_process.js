'use strict';
// Node's part of in_process.py: it says what it is, then measures as often as
// standard input asks, in lines of JSON.
//
//     node in_process.js SCENARIO

const { EventEmitter } = require('node:events');
const net = require('node:net');
const { serve } = require('./answers.js');

const BATCH = 1000;
const RULES = 100000;
const QUESTIONS = 1000;
const PROOF = 64;

// Call `batch`, which does `size` of them, until the time is over.
function timed(batch, size) {
  return (seconds, done) => {
    const end = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));
    let messages = 0;
    do {
      batch();
      messages += size;
    } while (process.hrtime.bigint() < end);
    done({ messages });
  };
}

// The same numbers as in_process.py's.
let word = 1;
const next = () => {
  word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
  return word;
};

const ipv4 = (w) => [w >>> 24, w >>> 16 & 255, w >>> 8 & 255, w & 255].join('.');

const ipv6 = (w) => {
  const high = (w >>> 16).toString(16);
  const low = (w & 0xffff).toString(16);
  return `2001:db8:${high}:${low}:${low}:${high}:0:1`;
};

function blockList(family, prefix, asText) {
  const make = family === 'ipv4' ? ipv4 : ipv6;
  const rules = Array.from({ length: RULES }, () => make(next()));
  const list = new net.BlockList();
  for (const rule of rules) {
    if (prefix === null) list.addAddress(rule, family);
    else list.addSubnet(rule, prefix, family);
  }
  const texts = [];
  while (texts.length < QUESTIONS) {
    texts.push(rules[texts.length * RULES / QUESTIONS], make(next()));
  }
  const parsed = texts.map((address) => new net.SocketAddress({ address, family }));
  const checks = () => {
    for (const address of parsed) list.check(address);
  };
  const checksOfText = () => {
    for (const text of texts) list.check(text, family);
  };
  return {
    proof: texts.slice(0, PROOF).map((text) => list.check(text, family)),
    run: timed(asText ? checksOfText : checks, QUESTIONS),
  };
}

function emit() {
  const emitter = new EventEmitter();
  const chunk = Buffer.from('x');
  let heard = 0;
  emitter.on('data', (chunk) => { heard++; });
  emitter.emit('data', chunk);
  const proof = heard;
  const batch = () => {
    for (let i = 0; i < BATCH; i++) emitter.emit('data', chunk);
  };
  return { proof, run: timed(batch, BATCH) };
}

const SCENARIOS = {
  'block_list': () => blockList('ipv4', null, false),
  'block_list-text': () => blockList('ipv4', null, true),
  'block_list-subnets': () => blockList('ipv4', 28, false),
  'block_list-ipv6': () => blockList('ipv6', null, false),
  emit,
};

const { proof, run } = SCENARIOS[process.argv[2]]();
serve({ proof }, ({ seconds }, done) => run(seconds, done));
