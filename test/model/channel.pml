/* A model of steady's channels and select, for spin: lost wake-ups, double delivery, deadlock.
 *
 * What is modelled is the protocol of include/steady/channel/{core,selection,waiting,waiter}.hpp: one lock a channel, taken in order of
 * address (here: of number); attempt, or enqueue, under the locks; the claim of a waiting operation by one compare-exchange on
 * `winner`; the value moved under the lock; `signal` exchanged for done after all locks are released; a deadline that claims its own
 * operation; losing waiters taken out one by one afterwards. Not modelled: memory order (ThreadSanitizer is for that), the order of
 * the queues (any waiter may be taken: whatever holds of this holds of first come first served), and how a thread parks.
 *
 * Channels 0 and 1 are unbuffered, channel 2 has a buffer of one. Each process does one select over two of the three on the sides
 * given by SCENARIO, some of them with a deadline. The checks:
 *   - never is a value taken that was not sent, or taken twice: `in_flight` of each channel is 0 or 1, and is 0 at the end,
 *     but for what lies in the buffer;
 *   - an operation is claimed once, and who is claimed learns of it: spin's own check for invalid end states finds a lost
 *     wake-up or a deadlock of the locks; a process may end waiting only if nobody could serve it, asserted at the end.
 *
 *   scripts/check-model        runs every scenario: spin -a, gcc, ./pan
 */
#ifndef SCENARIO
#define SCENARIO 1
#endif

#define CHANNELS 3
#define PROCESSES 4
#define NOBODY 255
#define TIMEOUT 254
#define CLOSED_BY 253
#define SEND 1
#define RECEIVE 2
#define NONE 0

bit locked[CHANNELS];
byte buffered[CHANNELS];          /* qcount; only channel 2 has room for one */
bit closed[CHANNELS];
/* A process is in the queue of a channel, on the side, if queued is set: a queue without its order. */
byte queued[PROCESSES * CHANNELS];
byte winner[PROCESSES];           /* NOBODY, a channel, TIMEOUT */
bit completed[PROCESSES];         /* a value changed hands, and not: woken by close */
bit done[PROCESSES];              /* the signal word */
byte waits[PROCESSES];            /* for the end: has gone to sleep */
byte ended[PROCESSES];
byte sent[CHANNELS];
byte taken[CHANNELS];

#define CAPACITY(c) ((c) == 2 -> 1 : 0)
#define Q(p, c) queued[(p) * CHANNELS + (c)]

inline acquire(c) { atomic { !locked[c]; locked[c] = 1 } }
inline release(c) { locked[c] = 0 }

/* Under the lock of c: an unclaimed waiter of that side is claimed; claimed ones met on the way are dropped. */
inline claim_one(c, side, who) {
  who = NOBODY;
  atomic {
    q = 0;
    do
    :: q < PROCESSES && who == NOBODY ->
       if
       :: Q(q, c) == side ->
          Q(q, c) = NONE;
          if
          :: winner[q] == NOBODY -> winner[q] = c; who = q
          :: else -> skip
          fi
       :: else -> skip
       fi;
       q++
    :: else -> break
    od
  }
}

/* Under the lock of c. `how`: 0 would block, 1 completed, 2 closed. `wake`: a process to be woken after the locks. */
inline attempt(c, side, how, wake) {
  how = 0;
  wake = NOBODY;
  if
  :: side == SEND ->
     if
     :: closed[c] -> how = 2
     :: else ->
        claim_one(c, RECEIVE, other);
        if
        :: other != NOBODY -> sent[c]++; taken[c]++; completed[other] = 1; wake = other; how = 1
        :: else ->
           if
           :: buffered[c] < CAPACITY(c) -> buffered[c]++; sent[c]++; how = 1
           :: else -> skip
           fi
        fi
     fi
  :: side == RECEIVE ->
     if
     :: buffered[c] > 0 ->
        buffered[c]--; taken[c]++; how = 1;
        claim_one(c, SEND, other);
        if
        :: other != NOBODY -> buffered[c]++; sent[c]++; completed[other] = 1; wake = other
        :: else -> skip
        fi
     :: else ->
        if
        :: closed[c] -> how = 2
        :: else ->
           claim_one(c, SEND, other);
           if
           :: other != NOBODY -> sent[c]++; taken[c]++; completed[other] = 1; wake = other; how = 1
           :: else -> skip
           fi
        fi
     fi
  :: else -> skip
  fi
}

/* One select over two channels, first < second in the order of the locks. */
inline select_two(me, first, side1, second, side2, patient) {
  acquire(first);
  acquire(second);
  /* the choice: either may be tried first */
  if
  :: attempt(first, side1, how, wake); chosen = first;
     if
     :: how == 0 -> attempt(second, side2, how, wake); chosen = second
     :: else -> skip
     fi
  :: attempt(second, side2, how, wake); chosen = second;
     if
     :: how == 0 -> attempt(first, side1, how, wake); chosen = first
     :: else -> skip
     fi
  fi;
  if
  :: how == 0 -> Q(me, first) = side1; Q(me, second) = side2
  :: else -> skip
  fi;
  release(second);
  release(first);
  if
  :: how != 0 ->
     if
     :: wake != NOBODY -> assert(!done[wake]); done[wake] = 1
     :: else -> skip
     fi
  :: else ->
     waits[me] = 1;
     if
     :: done[me] -> skip
     :: patient == 0 ->
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
     waits[me] = 0;
     assert(winner[me] != NOBODY);
     /* the losing waiters leave; the winner's was taken out by its claimer */
     if
     :: winner[me] != first -> acquire(first); Q(me, first) = NONE; release(first)
     :: else -> assert(Q(me, first) == NONE)
     fi;
     if
     :: winner[me] != second -> acquire(second); Q(me, second) = NONE; release(second)
     :: else -> assert(Q(me, second) == NONE)
     fi;
     assert(winner[me] != TIMEOUT || (!completed[me] && !done[me]))
  fi;
  ended[me] = 1
}

inline close_channel(c) {
  acquire(c);
  closed[c] = 1;
  woken_by_close = 0;
  do
  :: claim_one(c, RECEIVE, other);
     if
     :: other == NOBODY -> break
     :: else -> woken_by_close = woken_by_close | (1 << other)
     fi
  od;
  do
  :: claim_one(c, SEND, other);
     if
     :: other == NOBODY -> break
     :: else -> woken_by_close = woken_by_close | (1 << other)
     fi
  od;
  release(c);
  wake = 0;
  do
  :: wake < PROCESSES ->
     if
     :: woken_by_close & (1 << wake) -> assert(!done[wake]); done[wake] = 1
     :: else -> skip
     fi;
     wake++
  :: else -> break
  od
}

#define LOCALS byte how; byte wake; byte other; byte q; byte chosen; byte woken_by_close

/* 1: two mixed selects facing each other, and two more over the third channel and one of theirs, all with deadlines or served.
 * 2: a select on A and B, a receiver on B, a sender on each: raven#403.
 * 3: everybody on the same two channels on both sides, one of them with a deadline.
 * 4: close against selects on both sides.
 */
#if SCENARIO == 1
#define P0 select_two(0, 0, SEND, 1, RECEIVE, 1)
#define P1 select_two(1, 0, RECEIVE, 1, SEND, 1)
#define P2 select_two(2, 1, SEND, 2, RECEIVE, 0)
#define P3 select_two(3, 0, RECEIVE, 2, SEND, 0)
#elif SCENARIO == 2
#define P0 select_two(0, 0, RECEIVE, 1, RECEIVE, 1)
#define P1 select_two(1, 1, RECEIVE, 2, NONE, 1)
#define P2 select_two(2, 0, SEND, 2, NONE, 1)
#define P3 select_two(3, 1, SEND, 2, NONE, 1)
#elif SCENARIO == 3
#define P0 select_two(0, 0, SEND, 2, RECEIVE, 1)
#define P1 select_two(1, 0, RECEIVE, 2, SEND, 1)
#define P2 select_two(2, 0, SEND, 2, SEND, 0)
#define P3 select_two(3, 0, RECEIVE, 2, RECEIVE, 0)
#else
#define P0 select_two(0, 0, SEND, 1, RECEIVE, 1)
#define P1 select_two(1, 0, RECEIVE, 1, RECEIVE, 0)
#define P2 select_two(2, 0, RECEIVE, 1, SEND, 1)
#define P3 close_channel(0); close_channel(1); ended[3] = 1
#endif

proctype process0() { LOCALS; P0 }
proctype process1() { LOCALS; P1 }
proctype process2() { LOCALS; P2 }
proctype process3() { LOCALS; P3 }

/* Two processes that wait on the two sides of one channel, or on a buffer that could serve them, have missed each other. */
#define SLEEPS(p) (waits[p] && winner[p] == NOBODY)

proctype judge() {
  byte c;
  byte a;
  byte b;
  timeout;   /* nobody can move any more */
  d_step {
    c = 0;
    do
    :: c < CHANNELS ->
       assert(!locked[c]);
       assert(sent[c] == taken[c] + buffered[c]);
       a = 0;
       do
       :: a < PROCESSES ->
          assert(ended[a] || SLEEPS(a));
          assert(!(SLEEPS(a) && Q(a, c) == RECEIVE && (buffered[c] > 0 || closed[c])));
          assert(!(SLEEPS(a) && Q(a, c) == SEND && (buffered[c] < CAPACITY(c) || closed[c])));
          b = 0;
          do
          :: b < PROCESSES ->
             assert(!(a != b && SLEEPS(a) && SLEEPS(b) && Q(a, c) == SEND && Q(b, c) == RECEIVE));
             b++
          :: else -> break
          od;
          a++
       :: else -> break
       od;
       c++
    :: else -> break
    od;
#if SCENARIO == 4
    assert(ended[0] && ended[1] && ended[2] && ended[3]);
#endif
  }
}

init {
  byte p = 0;
  atomic {
    do
    :: p < PROCESSES -> winner[p] = NOBODY; p++
    :: else -> break
    od;
    run process0();
    run process1();
    run process2();
    run process3();
    run judge()
  }
}
