package judgement

import (
	"testing"

	"github.com/gaveloj/gavel/judge/api"
)

func TestScoreText(t *testing.T) {
	most, all := 100.0, []api.GroupReport{{Name: "sample"}, {Name: "secret", MaxScore: new(float64)}}
	for _, tt := range []struct {
		got, want string
	}{
		{ScoreText(33.33333333, &most), "33.333/100"},
		{ScoreText(1e6, nil), "1000000"},
		{ScoreText(-0.5, api.Report{Groups: all}.MaxScore()), "-0.5/0"},
		{ScoreText(1, api.Report{Groups: append(all, api.GroupReport{})}.MaxScore()), "1"},
	} {
		if tt.got != tt.want {
			t.Errorf("score is %q, want %q", tt.got, tt.want)
		}
	}
}
