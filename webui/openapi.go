package webui

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"yingda/desk"
)

func apiConfig() huma.Config {
	cfg := huma.DefaultConfig("Yingda", "1")
	cfg.Info.Description = "The console's API. Sign in by cookie; errors are {code, reason, params}; times are RFC 3339 in UTC " +
		"with milliseconds, null when absent; lists are {items, next}."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", "" // served by us, under /api
	cfg.CreateHooks = nil                                       // no $schema field in answers
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Servers = []*huma.Server{{URL: apiPrefix}}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName},
	}
	return cfg
}

// schemaName names a type in the document. Settings documents of desk and sla end in Doc, so that they and the wire's
// own nouns (desk.Queue, Queue) do not meet.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() != "" && (t.PkgPath() == "yingda/desk" || t.PkgPath() == "yingda/sla" || t.PkgPath() == "yingda/router") {
		return name + "Doc"
	}
	return name
}

// OpenAPI is the document of the API, socket frames included; it needs no running server.
func OpenAPI() ([]byte, error) {
	s := New(Deps{Dir: func() desk.Directory { return nil }})
	doc, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, err
	}
	var tree any // through a tree, so that keys come sorted and the file does not change by itself
	if err := json.Unmarshal(doc, &tree); err != nil {
		return nil, err
	}
	return json.MarshalIndent(tree, "", "  ")
}

func (s *Server) openapi(c *gin.Context) {
	c.JSON(http.StatusOK, s.api.OpenAPI())
}

func ginPath(path string) string {
	return apiPrefix + strings.NewReplacer("{", ":", "}", "").Replace(path)
}

func tagOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

func errorsOf(o op) []int {
	codes := []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	if o.role != public {
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(o.path, "{") {
		codes = append(codes, http.StatusNotFound)
	}
	if o.method != http.MethodGet {
		codes = append(codes, http.StatusConflict)
	}
	slices.Sort(codes)
	return codes
}

// frames are all shapes of the socket.
func frames() map[string]any {
	return map[string]any{
		"WelcomeFrame": WelcomeFrame{}, "ConversationFrame": ConversationFrame{}, "RemovedFrame": RemovedFrame{},
		"MessageFrame": MessageFrame{}, "MessageChangedFrame": MessageChangedFrame{}, "EventFrame": EventFrame{},
		"OfferFrame": OfferFrame{}, "OfferGoneFrame": OfferGoneFrame{}, "PresenceFrame": PresenceFrame{},
		"ContactFrame": ContactFrame{}, "ClockFrame": ClockFrame{}, "EscalationFrame": EscalationFrame{}, "BoardFrame": BoardFrame{}, "AlertFrame": AlertFrame{}, "ChannelFrame": ChannelFrame{},
		"SettingFrame": SettingFrame{}, "TypingFrame": TypingFrame{}, "ViewingFrame": ViewingFrame{}, "PongFrame": PongFrame{},
		"ResyncFrame": ResyncFrame{}, "SignedOutFrame": SignedOutFrame{},
		"HelloFrame": HelloFrame{}, "WatchFrame": WatchFrame{}, "TypingSignal": TypingSignal{}, "ViewingSignal": ViewingSignal{},
		"PingFrame": PingFrame{},
	}
}

// registerFrames puts the frames into the document and joins them in two unions told apart by kind.
func registerFrames(api huma.API) {
	all := frames()
	reg := api.OpenAPI().Components.Schemas
	server, client := &huma.Schema{}, &huma.Schema{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		ref := reg.Schema(reflect.TypeOf(all[name]), true, name)
		union := server
		if _, fromServer := reflect.TypeOf(all[name]).FieldByName("FrameHead"); !fromServer {
			union = client
		}
		union.OneOf = append(union.OneOf, ref)
	}
	reg.Map()["ServerFrame"] = server
	reg.Map()["ClientFrame"] = client
}
