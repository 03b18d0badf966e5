"""What the test says to a client, and the client to the test: one line of JSON each, in turns.

1. The test says which server and client it is about; the script answers with the address it would send a browser to.
2. The test says where the browser came back; the script answers with what it got, or with what was wrong.
"""

import json
import sys


def hear():
    return json.loads(sys.stdin.readline())


def say(what):
    print(json.dumps(what), flush=True)


def converse(begin):
    """`begin` gets what the test says first, and returns the address, `redeem(callback)` and `refresh(tokens)`."""
    authorize, redeem, refresh = begin(hear())
    say({"authorize": authorize})
    callback = hear()["callback"]
    try:
        first = redeem(callback)
        say({"first": first, "second": refresh(first)})
    except Exception as error:  # Whatever it is, the test wants to hear of it.
        say({"refused": f"{type(error).__name__}: {error!r} {error}"})
