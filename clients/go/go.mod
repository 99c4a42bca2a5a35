module tramontane/clients

go 1.20

require github.com/gage-technologies/mistral-go v1.1.0
