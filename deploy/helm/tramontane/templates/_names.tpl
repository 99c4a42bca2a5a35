{{- define "tramontane.name" -}}
{{- if contains "tramontane" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-tramontane" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- /* Labels by which a part's pods are selected. Called with (list context part). */ -}}
{{- define "tramontane.selector" -}}
app.kubernetes.io/name: tramontane
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "tramontane.labels" -}}
{{ include "tramontane.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
{{- end }}

{{- define "tramontane.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* How many addresses of replicas the gateways know. */ -}}
{{- define "tramontane.addresses" -}}
{{- if .Values.replica.autoscaling.enabled }}{{ .Values.replica.autoscaling.maxReplicas }}{{ else }}{{ .Values.replica.replicas }}{{ end }}
{{- end }}

{{- /*
After preStop and the server's grace period: 3 s for the last errors, 10 s for the last rows of the ledger, 5 s for the JVM, and 7 s
to spare. DeployTest compares this with the server.
*/ -}}
{{- define "tramontane.terminationSeconds" -}}
{{ add .Values.preStopSeconds .Values.graceSeconds 25 }}
{{- end }}

{{- define "tramontane.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "tramontane.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* Spreads a part's pods over zones and nodes, where there are several. Called with (list context part). */ -}}
{{- define "tramontane.spread" -}}
{{- $call := . }}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "tramontane.selector" $call | nindent 6 }}
{{- end }}
{{- end }}

{{- /* The server listens once its model is loaded. Called with the seconds that this may take. */ -}}
{{- define "tramontane.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: http}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: {{ div . 2 }}
livenessProbe:
  httpGet: {path: /livez, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end }}

{{- define "tramontane.key" -}}
valueFrom:
  secretKeyRef:
    name: {{ index . 0 }}
    key: {{ index . 1 }}
{{- end }}
