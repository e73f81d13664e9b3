package message

import (
	"fmt"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
)

// ServiceName is the name of the run service among NATS micro services.
const ServiceName = "judge"

// RunSubject is where a pool is asked to run programs. A request whose ID has a namespace has it as a last token, as a
// submission: what the server lets a platform publish decides whose files it can read and keep. Workers of the default
// pool listen on "judge.run" too.
func RunSubject(pool, id string) string {
	subject := "judge.run." + pool
	if namespace := api.Namespace(id); namespace != "" {
		subject += "." + namespace
	}
	return subject
}

// RunSubjects are the subjects on which a worker of a pool is asked to run programs.
func RunSubjects(pool string) []string {
	subjects := []string{RunSubject(pool, ""), RunSubject(pool, "") + ".*"}
	if pool == DefaultPool {
		return append([]string{"judge.run"}, subjects...)
	}
	return subjects
}

// CheckRunSubject makes sure that who may publish to the subject may send a request with this ID.
func CheckRunSubject(subject, id string) error {
	namespace := ""
	if parts := strings.Split(subject, "."); len(parts) > 3 {
		namespace = parts[3]
	}
	if namespace == api.Namespace(id) {
		return nil
	}
	return api.Refuse(verdict.ClassProblem, fmt.Errorf("field id: %q has the namespace %q, and was sent to %s: send it to judge.run.<pool>%s",
		api.Truncate(id), api.Namespace(id), api.Truncate(subject), strings.TrimSuffix("."+api.Namespace(id), ".")))
}
