/* A model of steady's channels and select, for spin: lost wake-ups, double delivery, deadlock, and who is served first.
 *
 * What is modelled is the protocol of include/steady/channel/{core,selection,waiting,waiter}.hpp: one lock a channel, all channels of
 * a select locked in order of address (here: of number), whatever the order of its cases, and a channel that stands in both once;
 * attempt, or enqueue, under the locks; the queues, doubly linked, with the code's own steps for coming, leaving from anywhere and being
 * claimed; the claim of a waiting operation by one compare-exchange on `winner`; the value moved under the lock; `signal` exchanged for
 * done after all locks are released; a deadline that claims its own operation; losing waiters taken out one by one afterwards. Not
 * modelled: memory order (ThreadSanitizer is for that), operations of one case without deadline, which need no exchange, and how a
 * thread parks.
 *
 * Channels 0 and 1 are unbuffered, channel 2 has a buffer of one. Each process does a select of two cases, or several one after the
 * other, some of them with a deadline. The checks:
 *   - never is a value taken that was not sent, or taken twice: what was sent is what was taken and what lies in the buffer;
 *   - an operation is claimed once, and who is claimed learns of it: at the end nobody holds a lock, and a process waits only
 *     if nobody could serve it;
 *   - who is claimed came before everybody else who stands unclaimed in that queue (`stamp`, which the protocol does not read);
 *   - an operation that succeeds without waiting passes nobody who waits on its side;
 *   - who has ended stands in no queue.
 *
 * BROKEN is one mistake built in, which the checks have to find: 1 locks in the order of the cases, 2 queues at the front, 3 a claimer
 * that gives up when the first in the queue has been claimed elsewhere, 4 losers that stay in the queues, 5 a receiver that
 * leaves the place it has made to whoever comes first, so that a late sender passes those who wait.
 *
 *   scripts/check-model        runs every scenario, and every mistake
 */
#ifndef SCENARIO
#define SCENARIO 1
#endif
#ifndef BROKEN
#define BROKEN 0
#endif

#define CHANNELS 3
#define PROCESSES 4
#define WAITERS (PROCESSES * 2)   /* one for each case */
#define QUEUES (CHANNELS * 2)
#define NOBODY 255
#define TIMEOUT 254
#define NONE 0
#define SEND 1
#define RECEIVE 2

#define QUEUE(c, side) ((c) * 2 + (side) - 1)
#define OWNER(w) ((w) / 2)
#define CAPACITY(c) ((c) == 2 -> 1 : 0)

bit locked[CHANNELS];
byte buffered[CHANNELS];          /* qcount; only channel 2 has room for one */
bit closed[CHANNELS];
byte first[QUEUES];
byte last[QUEUES];
byte previous[WAITERS];
byte next[WAITERS];
bit queued[WAITERS];
byte winner[PROCESSES];           /* NOBODY, a waiter, TIMEOUT */
bit completed[PROCESSES];         /* a value changed hands, and not: woken by close */
bit done[PROCESSES];              /* the signal word */
bit waits[PROCESSES];             /* for the end: has gone to sleep */
bit ended[PROCESSES];
byte sent[CHANNELS];
byte taken[CHANNELS];
byte stamp[WAITERS];              /* as how manieth it came into its queue */
byte stamps[QUEUES];

inline acquire(c) { atomic { !locked[c]; locked[c] = 1 } }
inline release(c) { locked[c] = 0 }

/* waiter_queue::push; inside of d_step, as the next */
inline push(w, q) {
  assert(!queued[w]);
  queued[w] = 1;
  stamp[w] = stamps[q];
  stamps[q]++;
#if BROKEN == 2
  previous[w] = NOBODY;
  next[w] = first[q];
  if
  :: first[q] != NOBODY -> previous[first[q]] = w
  :: else -> last[q] = w
  fi;
  first[q] = w
#else
  next[w] = NOBODY;
  previous[w] = last[q];
  if
  :: last[q] != NOBODY -> next[last[q]] = w
  :: else -> first[q] = w
  fi;
  last[q] = w
#endif
}

/* waiter_queue::remove */
inline unlink(w, q) {
  assert(queued[w]);
  if
  :: previous[w] != NOBODY -> next[previous[w]] = next[w]
  :: else -> first[q] = next[w]
  fi;
  if
  :: next[w] != NOBODY -> previous[next[w]] = previous[w]
  :: else -> last[q] = previous[w]
  fi;
  queued[w] = 0;
  previous[w] = NOBODY;
  next[w] = NOBODY
}

/* Nobody stands unclaimed in the queue who came before `limit`. */
inline assert_nobody_before(limit, q) {
  at = first[q];
  do
  :: at != NOBODY ->
     assert(winner[OWNER(at)] != NOBODY || stamp[at] >= limit);
     at = next[at]
  :: else -> break
  od;
  at = 0
}

/* waiter_queue::claim_first, under the lock of the channel. Each waiter met is one compare-exchange. */
inline claim_first(q, who) {
  who = NOBODY;
  do
  :: d_step {
       first[q] != NOBODY && who == NOBODY ->
       met = first[q];
       unlink(met, q);
       if
       :: winner[OWNER(met)] == NOBODY ->
          winner[OWNER(met)] = met;
          who = met;
          assert_nobody_before(stamp[met], q)
       :: else ->
#if BROKEN == 3
          who = TIMEOUT
#else
          skip
#endif
       fi;
       met = 0
     }
  :: else -> break
  od;
#if BROKEN == 3
  if
  :: who == TIMEOUT -> who = NOBODY
  :: else -> skip
  fi
#endif
}

/* core::attempt, under the lock of c. `how`: 0 would block, 1 completed, 2 closed. `wake`: a waiter whose owner is to be woken. */
inline attempt(c, side, how, wake) {
  d_step { how = 0; wake = NOBODY };
  if
  :: side == SEND ->
     if
     :: closed[c] -> how = 2
     :: else ->
        claim_first(QUEUE(c, RECEIVE), other);
        if
        :: other != NOBODY -> d_step { sent[c]++; taken[c]++; completed[OWNER(other)] = 1; wake = other; how = 1 }
        :: else ->
           if
           :: buffered[c] < CAPACITY(c) -> d_step { buffered[c]++; sent[c]++; how = 1 }
           :: else -> skip
           fi
        fi
     fi
  :: side == RECEIVE ->
     if
     :: buffered[c] > 0 ->
        d_step { buffered[c]--; taken[c]++; how = 1 };
#if BROKEN != 5
        claim_first(QUEUE(c, SEND), other);
        if
        :: other != NOBODY -> d_step { buffered[c]++; sent[c]++; completed[OWNER(other)] = 1; wake = other }
        :: else -> skip
        fi
#endif
     :: else ->
        if
        :: closed[c] -> how = 2
        :: else ->
           claim_first(QUEUE(c, SEND), other);
           if
           :: other != NOBODY -> d_step { sent[c]++; taken[c]++; completed[OWNER(other)] = 1; wake = other; how = 1 }
           :: else -> skip
           fi
        fi
     fi
  :: else -> skip
  fi;
  d_step {
    if
    :: how == 1 -> assert_nobody_before(NOBODY, QUEUE(c, side))
    :: else -> skip
    fi;
    other = 0
  }
}

inline wake_owner(w) {
  if
  :: w != NOBODY -> assert(!done[OWNER(w)]); done[OWNER(w)] = 1
  :: else -> skip
  fi
}

/* waiting.hpp, leave_queues: the winner was taken out by its claimer. */
inline leave(me, w, c, side) {
  if
  :: side == NONE -> skip
  :: side != NONE && winner[me] == w -> assert(!queued[w])
  :: else ->
#if BROKEN != 4
     acquire(c);
     d_step {
       if
       :: queued[w] -> unlink(w, QUEUE(c, side))
       :: else -> skip
       fi
     };
     release(c)
#else
     skip
#endif
  fi
}

/* Selects with the cases (a, side_a) and (b, side_b), in whatever order, one after the other; a case with side NONE has no channel. */
proctype selecting(byte me; byte a; byte side_a; byte b; byte side_b; bit patient; byte selects) {
  byte how;
  byte wake;
  byte other;
  byte met;
  byte at;
  byte low;
  byte high;
  byte c;
  byte side;
  bit tried_one;
next_select:
  skip;
  d_step {
    low = a;
    high = NOBODY;
    if
#if BROKEN == 1
    :: side_b != NONE && a != b -> high = b
#else
    :: side_b != NONE && a < b -> high = b
    :: side_b != NONE && b < a -> low = b; high = a
#endif
    :: else -> skip
    fi
  };
  acquire(low);
  if
  :: high != NOBODY -> acquire(high)
  :: else -> skip
  fi;
  /* the choice: either may be tried first */
  if
  :: d_step { c = a; side = side_a }
  :: d_step { side_b != NONE -> c = b; side = side_b }
  fi;
  do
  :: attempt(c, side, how, wake);
     if
     :: how == 0 && side_b != NONE && !tried_one ->
        d_step {
          tried_one = 1;
          if
          :: c == a && side == side_a -> c = b; side = side_b
          :: else -> c = a; side = side_a
          fi
        }
     :: else -> break
     fi
  od;
  tried_one = 0;
  if
  :: how == 0 ->
     d_step {
       push(me * 2, QUEUE(a, side_a));
       if
       :: side_b != NONE -> push(me * 2 + 1, QUEUE(b, side_b))
       :: else -> skip
       fi
     }
  :: else -> skip
  fi;
  if
  :: high != NOBODY -> release(high)
  :: else -> skip
  fi;
  release(low);
  if
  :: how != 0 -> wake_owner(wake)
  :: else ->
     waits[me] = 1;
     if
     :: done[me] -> skip
     :: !patient ->
        atomic {
          if
          :: winner[me] == NOBODY -> winner[me] = TIMEOUT
          :: else -> skip
          fi
        };
        if
        :: winner[me] != TIMEOUT -> done[me]   /* too late: whoever claimed it is about to say so */
        :: else -> skip
        fi
     fi;
     d_step { waits[me] = 0; assert(winner[me] != NOBODY) };
     leave(me, me * 2, a, side_a);
     leave(me, me * 2 + 1, b, side_b);
     assert(winner[me] != TIMEOUT || (!completed[me] && !done[me]))
  fi;
  d_step {
    how = 0;
    wake = 0;
    selects--;
    if
    :: selects == 0 -> ended[me] = 1
    :: else -> winner[me] = NOBODY; completed[me] = 0; done[me] = 0
    fi
  };
  if
  :: selects > 0 -> goto next_select
  :: else -> skip
  fi
}

/* core::close, of two channels one after the other. */
proctype closing(byte me; byte c; byte c_then) {
  byte wake;
  byte other;
  byte met;
  byte at;
  byte woken;
next_channel:
  skip;
  acquire(c);
  closed[c] = 1;
  do
  :: claim_first(QUEUE(c, RECEIVE), other);
     if
     :: other == NOBODY -> break
     :: else -> woken = woken | (1 << OWNER(other))
     fi
  od;
  do
  :: claim_first(QUEUE(c, SEND), other);
     if
     :: other == NOBODY -> break
     :: else -> woken = woken | (1 << OWNER(other))
     fi
  od;
  release(c);
  do
  :: wake < PROCESSES ->
     if
     :: woken & (1 << wake) -> assert(!done[wake]); done[wake] = 1
     :: else -> skip
     fi;
     wake++
  :: else -> break
  od;
  woken = 0;
  wake = 0;
  other = 0;
  if
  :: c != c_then -> c = c_then; goto next_channel
  :: else -> ended[me] = 1
  fi
}

/* 1: two selects facing each other, which name their channels in opposite orders, and two more over the third channel and one of theirs.
 * 2: a select on A and B, a receiver on B, a sender on each: raven#403.
 * 3: everybody on the same two channels on both sides, two of them with a deadline.
 * 4: close against selects on both sides.
 * 5: the same channel twice in a select, on both sides and on one.
 * 6: receivers behind each other, one of them a select that another channel may serve, one with a deadline; two values come.
 * 7: senders behind each other at a full buffer, and a receiver that makes room twice.
 */
#if SCENARIO == 1
#define P0 run selecting(0, 0, SEND, 1, RECEIVE, 1, 1)
#define P1 run selecting(1, 1, SEND, 0, RECEIVE, 1, 1)
#define P2 run selecting(2, 2, RECEIVE, 1, SEND, 0, 1)
#define P3 run selecting(3, 0, RECEIVE, 2, SEND, 0, 1)
#elif SCENARIO == 2
#define P0 run selecting(0, 0, RECEIVE, 1, RECEIVE, 1, 1)
#define P1 run selecting(1, 1, RECEIVE, 0, NONE, 1, 1)
#define P2 run selecting(2, 0, SEND, 0, NONE, 1, 1)
#define P3 run selecting(3, 1, SEND, 0, NONE, 1, 1)
#elif SCENARIO == 3
#define P0 run selecting(0, 0, SEND, 2, RECEIVE, 1, 1)
#define P1 run selecting(1, 2, SEND, 0, RECEIVE, 1, 1)
#define P2 run selecting(2, 2, SEND, 0, SEND, 0, 1)
#define P3 run selecting(3, 0, RECEIVE, 2, RECEIVE, 0, 1)
#elif SCENARIO == 4
#define P0 run selecting(0, 0, SEND, 1, RECEIVE, 1, 1)
#define P1 run selecting(1, 1, RECEIVE, 0, RECEIVE, 0, 1)
#define P2 run selecting(2, 0, RECEIVE, 1, SEND, 1, 1)
#define P3 run closing(3, 0, 1)
#elif SCENARIO == 5
#define P0 run selecting(0, 0, SEND, 0, RECEIVE, 1, 1)
#define P1 run selecting(1, 0, RECEIVE, 0, SEND, 0, 1)
#define P2 run selecting(2, 0, RECEIVE, 0, RECEIVE, 1, 1)
#define P3 run selecting(3, 0, SEND, 0, NONE, 1, 1)
#elif SCENARIO == 6
#define P0 run selecting(0, 1, RECEIVE, 0, RECEIVE, 1, 1)
#define P1 run selecting(1, 0, RECEIVE, 0, NONE, 0, 1)
#define P2 run selecting(2, 0, RECEIVE, 0, NONE, 1, 1)
#define P3 run selecting(3, 0, SEND, 1, SEND, 1, 2)
#else
#define P0 run selecting(0, 2, SEND, 0, NONE, 1, 2)
#define P1 run selecting(1, 2, SEND, 0, NONE, 0, 1)
#define P2 run selecting(2, 2, SEND, 0, NONE, 1, 1)
#define P3 run selecting(3, 2, RECEIVE, 0, NONE, 1, 2)
#endif

/* Who sleeps and has not been claimed. Two of them on the two sides of one channel, or one at a buffer that could serve it, have
 * missed each other. */
#define SLEEPS(p) (waits[p] && winner[p] == NOBODY)

proctype judge() {
  byte c;
  byte w;
  byte senders;
  byte receivers;
  timeout;   /* nobody can move any more */
  d_step {
    w = 0;
    do
    :: w < PROCESSES ->
       assert(ended[w] || SLEEPS(w));
       assert(!ended[w] || (!queued[w * 2] && !queued[w * 2 + 1]));
       w++
    :: else -> break
    od;
    c = 0;
    do
    :: c < CHANNELS ->
       assert(!locked[c]);
       assert(sent[c] == taken[c] + buffered[c]);
       senders = first[QUEUE(c, SEND)];
       receivers = first[QUEUE(c, RECEIVE)];
       assert(receivers == NOBODY || (buffered[c] == 0 && !closed[c]));
       assert(senders == NOBODY || (buffered[c] == CAPACITY(c) && !closed[c]));
       /* both sides at once: one select, which does not meet itself */
       assert(senders == NOBODY || receivers == NOBODY || OWNER(senders) == OWNER(receivers));
       c++
    :: else -> break
    od
#if SCENARIO == 4
    ;
    assert(ended[0] && ended[1] && ended[2] && ended[3])
#endif
  }
}

init {
  byte p = 0;
  atomic {
    do
    :: p < WAITERS -> previous[p] = NOBODY; next[p] = NOBODY; p++
    :: else -> break
    od;
    p = 0;
    do
    :: p < QUEUES -> first[p] = NOBODY; last[p] = NOBODY; p++
    :: else -> break
    od;
    p = 0;
    do
    :: p < PROCESSES -> winner[p] = NOBODY; p++
    :: else -> break
    od;
    P0;
    P1;
    P2;
    P3;
    run judge()
  }
}
