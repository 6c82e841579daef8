// Package wire is every message between a phone, a locker and the network: INFO, frames, the Noise handshake, the
// messages of a visit, their statuses, and the line from a locker to its network. It only encodes, decodes and refuses;
// who may open what is trust/access's to say, what a grant or a receipt contains trust/credential's.
//
// docs/latch.md is the specification, testdata/latch-1.json a whole visit with fixed keys, byte for byte. Whatever
// arrives from outside is refused unless it has exactly one meaning: one encoding, known kinds, bounded sizes.
package wire

// Version is the version of Latch, the first byte of INFO. A phone that reads another one says so and opens nothing.
//
// The diary:
//
//	1  2026-11-23  First. INFO of 46 bytes, Noise_NK_P256_AESGCM_SHA256, one door for each tap.
//	1  2026-11-26  What the issuer signs is also countersigned with the key that locker and network share: 14 bytes in its
//	               header. Phones pass it on as before. Verb 4 and receipt 14: service.
//
//	1  2026-11-26  Over the line: a flag in INFO, a presence code in the first message and under the proof, and statuses 18 to
//	               20. Visits by radio are byte for byte as before.
//	1  2026-11-26  A locker that says so in INFO takes mail, as a fourth element of a first message by radio. Older ones don't say so,
//	               and phones that know nothing of it send three.
//	1  2026-11-26  A locker that has changed its keyset gives a phone that came with the former one a fifth element in m2: the receipt
//	               key that signs now. INFO names the present static key, and phones no longer compare it with theirs: older ones
//	               with a grant from before the change go back to the network for another.
//
// The line to the network has a diary of its own:
//
//	1  2026-11-23  First. A WebSocket; a challenge, and its proof in the hello.
//	2  2026-11-25  NATS. The proof moved from the hello into the connection ("uplink-2"), and the challenge is the server's
//	               nonce; a message that is not taken is answered with "refused". The network says how the locker
//	               is to be ("desired", and in the welcome) and what to do ("command"); health says which desired state holds.
//	               "openings" says how long doors took. The rest is as it was.
//	2  2026-11-26  "relay_open", "relay_write", "relay_end" and their answers, and "relay_said" on a subject of each session:
//	               phones without Bluetooth. A locker that does not know them hangs up.
//	2  2026-11-26  A desired state may name a channel of versions; without one its bytes are as they were.
//	2  2026-11-26  health may name compartments in doubt, and the command "release" frees one. The
//	               desired state may say when it was said, and what is revoked.
//	2  2026-11-26  "figures" says what a locker measured of itself, day by day, and "counted" that the network has it. A network
//	               that does not know the word hangs up on it: networks are brought up to date before their lockers.
//	2  2026-11-26  The commands "rekey", "switch" and "forget", of which older agents know none and say so; "key_card" in answer to the
//	               first; and in hello and health, once a locker has changed its keyset, that it has.
//	2  2026-11-26  health says what there is at the panel: "panel", a list of words of which unknown ones are left out, and "panel_mm". An older locker
//	               says neither, and nothing is concluded from that.
//	2  2026-11-26  The command "leave", in the welcome of a locker whose end is noted and in no other: "retire" has it take nothing more.
//	               A locker that does not know the word has forgotten its keys at "retire".
//	2  2026-11-26  A desired state may name the time zone of the locker's site. It is said twice, with it and then without: agents that do not know the word
//	               refuse the first, say so in their log, and take the second, whose bytes are as they were.
//	2  2026-11-26  The commands "known" and "show", which older agents don't know and do not do; "keys_shown" in answer to the second.
const Version = 1

// The GATT service by which a locker is found, and its characteristics. INFO is read, RX written with response only,
// TX notifies. The bytes spell "lockhouse".
const (
	ServiceUUID = "6c6f636b-686f-7573-6500-000000000001"
	InfoUUID    = "6c6f636b-686f-7573-6500-000000000002"
	RXUUID      = "6c6f636b-686f-7573-6500-000000000003"
	TXUUID      = "6c6f636b-686f-7573-6500-000000000004"
)
