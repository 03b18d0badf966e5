// What the test says to a client, and the client to the test: one line of JSON each, in turns.
//
// 1. The test says which server and client it is about; the script answers with the address it would send a browser to.
// 2. The test says where the browser came back; the script answers with what it got, or with what was wrong.

import { createInterface } from 'node:readline'
import { inspect } from 'node:util'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const hear = async () => JSON.parse((await lines.next()).value)
const say = (what) => console.log(JSON.stringify(what))

/** `begin` gets what the test says first, and answers { authorize, redeem(callback), refresh(token) }. */
export async function converse(begin) {
  const { authorize, redeem, refresh } = await begin(await hear())
  say({ authorize })
  const { callback } = await hear()
  try {
    const first = await redeem(new URL(callback))
    const second = await refresh(first)
    say({ first, second })
  } catch (error) {
    say({ refused: inspect(error, { depth: 5 }) })
  }
  process.exit(0)
}
