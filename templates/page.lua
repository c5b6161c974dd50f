-- What was worked out beforehand, put in the page: facts that the template shows (title of the site, marks,
-- labels), and the author's other words where a claim does not hold.
local content

local function prepared()
  if content then return content end
  local path = os.getenv("FJANALYSIS_CONTENT")
  if not path and quarto and quarto.project and quarto.project.directory then
    -- By its last folders: Quarto may name the file through a link, or with backslashes.
    local name = quarto.doc.input_file:gsub("\\", "/"):match("briefings/[^/]+/[^/]+$")
    path = quarto.project.directory .. "/.fjanalysis/content/" .. (name or "") .. ".json"
  end
  local file = path and io.open(path)
  content = file and pandoc.json.decode(file:read("a")) or {}
  if file then file:close() end
  return content
end

function Span(span)
  local claim, words = span.attributes.claim, span.attributes["else"]
  if not claim or not words then return nil end
  if (prepared().turned or {})[claim] then return pandoc.Inlines(words) end
  span.attributes["else"] = nil
  return span
end

function Meta(meta)
  for name, value in pairs(prepared().page or {}) do meta[name] = value end
  return meta
end
