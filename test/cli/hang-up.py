"""Runs a program on a terminal of its own, closes the terminal, and prints what the program had said and how it ended.

usage: hang-up.py WHEN HOW program words...
  WHEN  a number of ms, or the text to wait for
  HOW   hup: the system tells the program, the first of its session; deaf: another program is the first, and ignores it
"""
import json, os, pty, re, select, signal, sys, time

when, how, *command = sys.argv[1:]
pid, master = pty.fork()
if pid == 0:
    if how == "deaf":
        # Before the program is there: it may be at work, and the terminal gone, before this one goes on.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
        else:
            os.close(0), os.close(1), os.close(2)
            _, status = os.waitpid(child, 0)
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
    os.execvp(command[0], command)

said = b""
end = time.monotonic() + (int(when) / 1000 if when.isdigit() else 50)
while when.isdigit() or not re.search(when.encode(), said, re.M):
    left = end - time.monotonic()
    if left <= 0:
        break
    if select.select([master], [], [], left)[0]:
        try:
            said += os.read(master, 65536)
        except OSError:  # it has ended
            break
os.close(master)
_, status = os.waitpid(pid, 0)
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
print(json.dumps({"code": code, "said": said.decode("utf8", "replace")}))
