package cloudtrail

import (
	"net/http"

	"github.com/firewarden/firewarden/pkg/local/simulation"
)

// simulates says whether a call asks what a role allows, which the emulator does not know.
func (p *Proxy) simulates(c Call) bool {
	return p.o.IAM != nil && c.Service == "iam" && c.Action == simulation.Action
}

// simulate answers such a call where the emulator says that it cannot: it is asked first, since it may enforce who may ask.
func (p *Proxy) simulate(r *http.Request, x *exchange, body []byte) (answer, error) {
	a, err := p.forward(r, x, body)
	if err != nil || x.call.Status < http.StatusInternalServerError {
		return a, err
	}
	_, form := identify(r, body)
	status, text, err := simulation.Answer(r.Context(), p.o.IAM, form, x.requestID)
	if err != nil {
		return a, err
	}
	x.call.Status, x.call.ErrorCode, x.answer = status, "", text
	if status >= http.StatusMultipleChoices {
		x.call.ErrorCode = errorCode(text)
	}
	return answer{http.Header{"Content-Type": {"text/xml"}}, text}, nil
}
