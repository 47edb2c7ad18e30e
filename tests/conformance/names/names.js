// Prints the public names that Node has where uvnet has a counterpart: JSON, sorted.
'use strict';

const dns = require('dns');
const diagnostics = require('diagnostics_channel');
const events = require('events');
const net = require('net');
const stream = require('stream');

const LANGUAGE = new Set(['constructor', 'length', 'name', 'prototype', 'arguments', 'caller']);

function names(object) {
  return Object.getOwnPropertyNames(object)
    .filter((name) => !name.startsWith('_') && !LANGUAGE.has(name))
    .sort();
}

const found = {};

function addModule(name, module) {
  found[name] = names(module);
}

// What a class has of its own, and statically but not from the class that it is derived from.
function addClass(name, constructor) {
  const inherited = new Set(names(Object.getPrototypeOf(constructor) ?? {}));
  found[name] = names(constructor.prototype);
  found[`${name} (static)`] = names(constructor).filter((name) => !inherited.has(name));
}

addModule('net', net);
addClass('net.Server', net.Server);
addClass('net.Socket', net.Socket);
addClass('net.BlockList', net.BlockList);
addClass('net.SocketAddress', net.SocketAddress);
addClass('net.BoundSocket', net.BoundSocket);
addModule('dns', dns);
addModule('dns.promises', dns.promises);
addModule('stream', stream);
addModule('stream.promises', stream.promises);
addClass('stream.Readable', stream.Readable);
addClass('stream.Writable', stream.Writable);
addModule('events', events);
found['events.EventEmitter'] = names(events.EventEmitter.prototype);
addModule('diagnostics', diagnostics);
addClass('diagnostics.Channel', diagnostics.Channel);
const { constructor: TracingChannel } = diagnostics.tracingChannel('names');
addClass('diagnostics.TracingChannel', TracingChannel);
addClass('abort.AbortController', AbortController);
addClass('abort.AbortSignal', AbortSignal);

for (const [name, list] of Object.entries(found)) {
  if (list.length === 0) delete found[name];
}
console.log(JSON.stringify(found, null, 1));
