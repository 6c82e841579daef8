package api

import (
	"context"
	"net/http"
	"time"

	"lockhouse"
)

func (a *API) lockerKeys() {
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/keys", id: "rekeyLocker", tag: tagOperator, who: byOperator,
		summary: "Have a locker change its own keys",
		about: "It makes new ones, says which they are, and uses them once it has heard that they are known, while nobody is at it: at once, or when it is back on its line. What was " +
			"made for the former ones (grants, passes, PINs) is taken for 45 days more. Twice is as good as once; `anew` forgets what the locker said and asks again, which is for the fault " +
			"`keysets`, once somebody has looked. It also ends the fault `unknown_keys`, of a network that was restored from before the locker's last change. While the former keys are taken, and for a locker that was retired, it is a `conflict`.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict},
	}, a.rekeyLocker)
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/keys/forget", id: "forgetLockerKeys", tag: tagOperator, who: byOperator,
		summary: "End what a locker's former keys are worth",
		about: "Which happens by itself 45 days after the change. `forced` is for after a theft: what was made for them opens nothing any more as soon as the locker has heard, " +
			"and whoever holds it has to fetch it anew. Twice is as good as once.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict},
	}, a.forgetLockerKeys)
}

type keysetView struct {
	Number      int        `json:"number" doc:"How often the locker has changed its keys."`
	AskedAt     *time.Time `json:"asked_at" doc:"When it was asked to; null when it is not asked."`
	Known       bool       `json:"known" doc:"Its next keys are known, and were not used yet."`
	ChangedAt   *time.Time `json:"changed_at" doc:"When its present keys were first used; null when they came with it."`
	TakesFormer bool       `json:"takes_former" doc:"What was made for its former keys still opens."`
}

func viewKeyset(r lockhouse.Rekeying) keysetView {
	return keysetView{Number: r.Number, AskedAt: moment(r.AskedAt), Known: r.Known(), ChangedAt: moment(r.ChangedAt), TakesFormer: r.TakesFormer()}
}

type rekeyInput struct {
	ID   lockhouse.LockerID `path:"id" maxLength:"64"`
	Body struct {
		Anew bool `json:"anew"`
	}
}

type rekeyView struct {
	Keys    keysetView        `json:"keys"`
	Outcome lockhouse.Outcome `json:"outcome" enum:"done,expired,repeated,foreign,unknown,no_time,conflict,busy,unheard" doc:"What the locker says to it. unheard: its line is not up, and it is told when it is. unknown: its agent is older than this; bring it up to date, and it changes its keys then."`
}

// outcomeUnheard is not a locker's word.
const outcomeUnheard lockhouse.Outcome = "unheard"

func (a *API) rekeyLocker(ctx context.Context, in *rekeyInput) (*body[rekeyView], error) {
	r, err := a.Fleet.Rekey(ctx, in.ID, in.Body.Anew)
	if err != nil {
		return nil, err
	}
	outcome, err := a.Line.Rekey(ctx, in.ID)
	if lockhouse.CodeOf(err) == lockhouse.CodeUnavailable {
		outcome, err = outcomeUnheard, nil
	}
	if err != nil {
		return nil, err
	}
	return answer(rekeyView{viewKeyset(r), outcome}), nil
}

type forgetKeysInput struct {
	ID   lockhouse.LockerID `path:"id" maxLength:"64"`
	Body struct {
		Forced bool `json:"forced" doc:"Although what was made for them may be good."`
	}
}

func (a *API) forgetLockerKeys(ctx context.Context, in *forgetKeysInput) (*body[keysetView], error) {
	r, err := a.Fleet.ForgetFormer(ctx, in.ID, in.Body.Forced)
	if err != nil {
		return nil, err
	}
	return answer(viewKeyset(r)), nil
}
