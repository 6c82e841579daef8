// Package lockhouse holds the nouns of a parcel pickup network: sites, lockers, compartments, holds, parcels, grants,
// receipts, and the tables that say how a parcel and a hold may change. They are plain values; they import nothing but
// the standard library and know neither a database nor a network, so that every room can speak of the same things.
//
// DICTIONARY.md gives the one word for each thing; ARCHITECTURE.md says who may import whom; docs/walk.md follows one
// parcel through the house.
package lockhouse
