package agent

import "time"

// Every wait, queue and count of the locker. docs/latch.md says what each means to people.
const (
	armedLimit       = 3 * time.Second  // from ARMED to the pulse; beyond it the tap is stale
	openLimit        = 8 * time.Second  // from the pulse to the contact's "open"
	lateLimit        = 60 * time.Second // after that, in which a door that sticks may still open
	leftOpenLimit    = 90 * time.Second // from open to "please shut it"
	gapLimit         = time.Second      // without a reading, after which "shut" no longer says "it never opened"
	fastPoll         = 100 * time.Millisecond
	slowPoll         = time.Second
	healAfter        = 10 * time.Second // of good readings
	faultAfter       = 3                // bad readings in a row
	flapsRest        = 10 * time.Second // for which what was at fault a second time has to be well; doubled each time
	longestDoorRest  = 15 * time.Minute
	longestBoardRest = 5 * time.Minute     // nobody is let in meanwhile
	flapsForget      = 2 * time.Hour       // without a fault, after which the next is the first
	believeAfter     = 2                   // readings alike, where a change was not awaited
	timeNonceLimit   = time.Minute         // for an answer with the locker's nonce
	diskRetry        = time.Second         // between two tries of a disk that takes nothing
	rewriteRetry     = time.Minute         // between two tries to make the journal smaller
	floorStep        = time.Hour           // by which the durable floor may lag
	figuresStep      = 15 * time.Minute    // by which the durable figures may lag
	hungAfter        = 30 * time.Second    // of a loop that did not turn: that long it could have opened nothing
	runsOnLimit      = 45 * 24 * time.Hour // since the network last said the time, while the agent runs: some 13 min of drift at 200 ppm

	maxSessions     = 8
	greetLimit      = 20 * time.Second // from connecting to a good first message
	idleLimit       = 120 * time.Second
	sessionLimit    = time.Hour
	maxFirst        = 3 // first messages in a session
	maxRelayed      = 4 // sessions over the line, which take none of those by radio, nor these theirs
	maxRelayedFirst = 1
	relayedSession  = 15 * time.Minute // for which a code that was read once is believed: a courier's round takes that long
	relayedLife     = 15 * time.Second // of a command over the line, from when the locker last said something fresh
	presenceStep    = 60 * time.Second // a presence code is shown for so long, and taken for as long again
	maxQueuedFrames = 512              // to one phone

	maxOpenings        = 8     // of one store target
	maxSpent           = 512   // store targets remembered until their grant ends
	memoryReceipts     = 1_000 // kept although the network has them: one that was restored from a backup asks again
	pauseAfterReceipts = 8_000 // not applied by the network: no more drop-offs
	quietAfterReceipts = 10_000
	maxJournalRecords  = 4_096    // appended, until the journal is written anew
	maxRecordBytes     = 64 << 10 // the state of 256 compartments takes 50 kB at most
)
