#!/usr/bin/env python3
"""Loads a trace into chrome://tracing, by the viewer's own importer, and prints what it found, as JSON.

    load_in_trace_viewer.py TRACE.json PROFILE-FOLDER

The page belongs to Chromium, which is driven over its debugging pipe (messages end with a null byte). Exit code 0: the
importer took the file; 1: it did not, and says why; 2: the page did not open.
"""
import json
import os
import shlex
import subprocess
import sys

IMPORT = """
(() => {
  const model = new tr.Model();
  const options = new tr.importer.ImportOptions();
  new tr.importer.Import(model, options).importTraces([TRACE]);
  const found = {warnings: model.importWarnings.map(w => w.type + ": " + w.message), rows: {}, counters: {}};
  for (const process of Object.values(model.processes)) {
    for (const thread of Object.values(process.threads))
      found.rows[thread.name] = thread.sliceGroup.slices.map(s => [s.title, s.duration]);
    for (const counter of Object.values(process.counters))
      found.counters[counter.name] = counter.series[0].samples.length;
  }
  return JSON.stringify(found);
})()
"""


class Browser:
    def __init__(self, folder):
        to_read, self.to = os.pipe()
        self.come, to_write = os.pipe()
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
                 "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
                 "--user-data-dir=" + folder]
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec {shlex.join(words)} 3<&{to_read} 4>&{to_write}"],
            pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.number = 0
        self.rest = b""

    def message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.come, 65536)
            if not piece:
                raise ConnectionError("chromium has ended")
            self.rest += piece
        first, self.rest = self.rest.split(b"\0", 1)
        return json.loads(first)

    def ask(self, method, session=None, **parameters):
        self.number += 1
        question = {"id": self.number, "method": method, "params": parameters}
        if session:
            question["sessionId"] = session
        text = json.dumps(question).encode() + b"\0"
        while text:
            text = text[os.write(self.to, text):]
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise ConnectionError(answer["error"])
                return answer["result"]

    def value(self, session, expression):
        answer = self.ask("Runtime.evaluate", session, expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise ValueError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def end(self):
        try:
            self.ask("Browser.close")
            self.process.wait(10)
        except Exception:
            self.process.kill()
            self.process.wait()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        trace = file.read()
    browser = Browser(sys.argv[2])
    try:
        target = browser.ask("Target.createTarget", url="chrome://tracing")["targetId"]
        session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.value(session, "new Promise(done => document.readyState === 'complete' ? done() :"
                               " addEventListener('load', () => done()))")
        if browser.value(session, "typeof tr") != "object":
            print("chrome://tracing is not in this Chromium", file=sys.stderr)
            return 2
        try:
            print(browser.value(session, IMPORT.replace("TRACE", json.dumps(trace))))
        except ValueError as wrong:
            print(wrong, file=sys.stderr)
            return 1
        return 0
    finally:
        browser.end()


sys.exit(main())
