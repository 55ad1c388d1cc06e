#!/usr/bin/env python3
"""Loads a trace into the viewer of Chrome's DevTools, by its own loader, and prints the rows and slices it found, as JSON.

    load_in_trace_viewer.py TRACE.json PROFILE-FOLDER

The loader is the trace engine of the Performance panel, which is part of Chromium; that is driven over its debugging pipe (messages
end with a null byte). (chrome://tracing has a loader too, but not in Debian's Chromium.) Exit code 0: it took the file; 1: it did not,
and says why; 2: it is not where it was looked for.
"""
import json
import os
import shlex
import subprocess
import sys
import time

PAGE = "devtools://devtools/bundled/devtools_app.html"
ENGINE = "import('devtools://devtools/bundled/models/trace/trace.js')"
LOAD = """
(async () => {
  const model = (await ENGINE).TraceModel.Model.createWithAllHandlers();
  const events = JSON.parse(TRACE).traceEvents;
  await model.parse(events, {metadata: {}, isFreshRecording: false, showAllEvents: true});
  const rows = {};
  for (const process of model.parsedTrace(0).data.Renderer.processes.values())
    for (const thread of process.threads.values())
      rows[thread.name] = thread.entries.filter(e => e.ph === 'X').map(e => e.name);
  return JSON.stringify(rows);
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
        target = browser.ask("Target.createTarget", url=PAGE)["targetId"]
        session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        # The page takes the place of an empty one, which may answer before.
        for _ in range(300):
            try:
                if browser.value(session, f"location.href === '{PAGE}' && document.readyState === 'complete'"):
                    break
            except ConnectionError:
                pass
            time.sleep(0.1)
        try:
            browser.value(session, f"{ENGINE}.then(engine => typeof engine.TraceModel.Model.createWithAllHandlers)")
        except (ConnectionError, ValueError) as wrong:
            print("this Chromium has its trace engine elsewhere:", wrong, file=sys.stderr)
            return 2
        try:
            print(browser.value(session, LOAD.replace("ENGINE", ENGINE).replace("TRACE", json.dumps(trace))))
        except ValueError as wrong:
            print(wrong, file=sys.stderr)
            return 1
        return 0
    finally:
        browser.end()


sys.exit(main())
