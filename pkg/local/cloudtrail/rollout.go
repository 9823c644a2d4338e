package cloudtrail

import (
	"net/http"

	"github.com/firewarden/firewarden/pkg/local/deployments"
)

// Deployments is what rolls the deployments of services, so that a test can end one at once; nil without Options.ECS.
func (p *Proxy) Deployments() *deployments.Controller { return p.rollouts }

// rolls says whether a call concerns services, whose deployments the emulator leaves as they are.
func (p *Proxy) rolls(c Call) bool {
	return p.rollouts != nil && c.Service == "ecs" && c.Region == p.o.Region && deployments.Handles(c.Action)
}

// rollOut answers a call that concerns services as ECS would, which has a deployment controller.
func (p *Proxy) rollOut(r *http.Request, x *exchange, body []byte) (answer, error) {
	a := answer{header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}}
	got, err := p.rollouts.Handle(r.Context(), deployments.Call{
		Action: x.call.Action, Parameters: x.parameters,
		Pass: func() (passed deployments.Answer, err error) {
			a, err = p.forward(r, x, body)
			return deployments.Answer{Status: x.call.Status, Body: x.answer}, err
		},
	})
	if err != nil {
		return a, err
	}
	a.header.Del("Content-Encoding") // what forward has unpacked stays so
	a.body, x.answer, x.call.Status = got.Body, got.Body, got.Status
	if x.call.Status >= http.StatusMultipleChoices {
		x.call.ErrorCode = errorCode(x.answer)
	}
	return a, nil
}
