package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

const maxAnswerBytes = 256

// errEnded says that the technician has gone.
var errEnded = errors.New("the input ended")

// Talk is the conversation with the technician, a line at a time.
type Talk struct {
	out   io.Writer
	lines chan string   // closed when the input has ended
	over  chan struct{} // closed by Close
}

// NewTalk begins a conversation. Close ends it; its reader may stay until the next line, since a terminal's read can't be
// given up.
func NewTalk(in io.Reader, out io.Writer) *Talk {
	t := &Talk{out: out, lines: make(chan string), over: make(chan struct{})}
	go func() {
		defer close(t.lines)
		lines := bufio.NewScanner(in)
		lines.Buffer(make([]byte, 0, maxAnswerBytes), maxAnswerBytes)
		for lines.Scan() {
			select {
			case t.lines <- strings.TrimSpace(lines.Text()):
			case <-t.over:
				return
			}
		}
	}()
	return t
}

// Close ends the conversation.
func (t *Talk) Close() { close(t.over) }

func (t *Talk) say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.out, format+"\n", args...) // a screen that is gone shows itself by the input's end
}

// ask puts a question and waits for the line that answers it.
func (t *Talk) ask(ctx context.Context, format string, args ...any) (string, error) {
	_, _ = fmt.Fprintf(t.out, format+" > ", args...)
	select {
	case line, ok := <-t.lines:
		if !ok {
			return "", errEnded
		}
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// choose asks until the answer is one of the words, or begins one; the first is what Enter alone means.
func (t *Talk) choose(ctx context.Context, question string, words ...string) (string, error) {
	for {
		answer, err := t.ask(ctx, "%s [%s]", question, strings.Join(words, ", "))
		if err != nil {
			return "", err
		}
		for _, w := range words {
			if strings.HasPrefix(w, strings.ToLower(answer)) {
				return w, nil
			}
		}
		t.say("Please answer with one of these words, or its first letter.")
	}
}
