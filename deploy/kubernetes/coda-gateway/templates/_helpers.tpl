{{- define "coda-gateway.name" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- $name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "coda-gateway.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "coda-gateway.labels" -}}
{{ include "coda-gateway.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "coda-gateway.host" -}}
{{- regexReplaceAll ":[0-9]+$" (urlParse .Values.config.public_url).host "" }}
{{- end }}

{{- define "coda-gateway.image" -}}
{{- $image := .Values.image }}
{{- if not $image.repository }}
{{- fail "image.repository: name the image to run, from a release or your own. To build it, at the top of the repository: docker build -f deploy/container/Dockerfile -t REGISTRY/coda-gateway:TAG . && docker push REGISTRY/coda-gateway:TAG" }}
{{- end }}
{{- if not (or $image.tag $image.digest) }}
{{- fail (printf "image.tag or image.digest: one of them must say which version of %s to run" $image.repository) }}
{{- end }}
{{- $image.repository }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag }}{{ end }}
{{- end }}

{{/* gateway.yaml: what a pod needs, and over it what the values say. */}}
{{- define "coda-gateway.config" -}}
{{- $pod := dict "listen" "0.0.0.0:8080" "admin" (dict "listen" "0.0.0.0:9090") "shutdown_delay" .Values.shutdownDelay }}
{{- if gt (int .Values.replicas) 1 }}
{{- $limits := .Values.config.limits | default dict }}
{{- $state := .Values.config.state | default dict }}
{{- if not $limits.store }}
{{- fail "replicas: several replicas need config.limits.store, a Valkey or Redis, where they count together and share used confirmations" }}
{{- end }}
{{- if not (hasPrefix "postgres" ($state.store | default "")) }}
{{- fail "replicas: several replicas need config.state.store, a PostgreSQL (postgres://…), because they must remember the same things" }}
{{- end }}
{{- if not $state.keys }}
{{- fail "replicas: several replicas need the same config.state.keys: [\"${file:/run/secrets/state-key}\"], a key of existingSecret" }}
{{- end }}
{{- end }}
{{- toYaml (mergeOverwrite $pod (deepCopy .Values.config)) }}
{{- end }}
